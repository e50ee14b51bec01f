import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isBucketcastError } from '../../src/base/errors.ts';
import type { Update } from '../../src/base/update.ts';
import type { DeliveryControl } from '../../src/coordinate/sink-runner.ts';
import { takingTurns } from '../../src/node/taking-turns.ts';

const update = (url: string) => ({ url }) as Update;

/** What a subscription hands over with a batch, and a record of what was acknowledged. */
function delivery() {
  const acknowledged: (Update | undefined)[] = [];
  const abort = new AbortController();
  const control: DeliveryControl = { ack: (upTo) => acknowledged.push(upTo), signal: abort.signal };
  return { control, abort, acknowledged };
}

describe('subscriptions that share a sink', () => {
  it('have one batch with it at a time, in the order in which they asked', async () => {
    const calls: string[] = [];
    const open: (() => void)[] = [];
    const side = takingTurns(([first]) => {
      calls.push(first!.url);
      return new Promise<void>((resolve) => open.push(resolve));
    }, 'auto');
    const [log, objects] = [side(), side()];
    const ends = [log([update('a')], delivery().control), objects([update('b')], delivery().control)];
    await new Promise(setImmediate);
    assert.deepEqual(calls, ['a']);
    open[0]?.();
    await ends[0];
    await new Promise(setImmediate);
    assert.deepEqual(calls, ['a', 'b']);
    open[1]?.();
    await ends[1];
  });

  it('hold up no other when their batch fails', async () => {
    const side = takingTurns(([first]) => {
      if (first?.url === 'bad') throw new Error('no');
    }, 'auto');
    const [log, objects] = [side(), side()];
    await assert.rejects(async () => log([update('bad')], delivery().control), /no/);
    await objects([update('good')], delivery().control);
  });

  it('keep the sink until the last update is acknowledged where that is explicit', async () => {
    const calls: string[] = [];
    const given: DeliveryControl[] = [];
    const side = takingTurns(([first], control) => {
      calls.push(first!.url);
      given.push(control);
    }, 'explicit');
    const [log, objects] = [side(), side()];
    const batch = [update('a'), update('b')];
    const { control, acknowledged } = delivery();
    await log(batch, control);
    const other = objects([update('c')], delivery().control);
    await new Promise(setImmediate);
    given[0]?.ack(batch[0]);
    await new Promise(setImmediate);
    assert.deepEqual(calls, ['a'], 'half of the batch is not the batch');
    // What is left of it comes again by the same subscription, whose turn it still is.
    await log([batch[1]!], control);
    given[1]?.ack();
    await other;
    assert.deepEqual(calls, ['a', 'b', 'c']);
    assert.deepEqual(acknowledged, batch);
  });

  it('give the sink back when their delivery is taken away, and wait no longer when their own is', async () => {
    const calls: string[] = [];
    const side = takingTurns(([first]) => {
      calls.push(first!.url);
      return new Promise<void>(() => {});
    }, 'auto');
    const [log, objects, third] = [side(), side(), side()];
    const [first, second] = [delivery(), delivery()];
    void log([update('a')], first.control);
    const waiting = assert.rejects(
      async () => objects([update('b')], second.control),
      (error) => isBucketcastError(error, 'closed'),
    );
    second.abort.abort();
    await waiting;
    first.abort.abort();
    void third([update('c')], delivery().control);
    await new Promise(setImmediate);
    assert.deepEqual(calls, ['a', 'c']);
  });

  it('keep the sink until their call has returned, also when it acknowledges earlier', async () => {
    for (const ack of ['auto', 'explicit'] as const) {
      const calls: string[] = [];
      const open: (() => void)[] = [];
      const side = takingTurns(([first], control) => {
        calls.push(first!.url);
        control.ack();
        return new Promise<void>((resolve) => open.push(resolve));
      }, ack);
      const [log, objects] = [side(), side()];
      const one = log([update('a')], delivery().control);
      const other = objects([update('b')], delivery().control);
      await new Promise(setImmediate);
      assert.deepEqual(calls, ['a'], 'a call is under way');
      open[0]?.();
      await one;
      await new Promise(setImmediate);
      assert.deepEqual(calls, ['a', 'b']);
      open[1]?.();
      await other;
    }
  });

  it('give the turn on that came to them when their delivery had just been taken away', async () => {
    const calls: string[] = [];
    const side = takingTurns(([first]) => void calls.push(first!.url), 'explicit');
    const [log, objects, third] = [side(), side(), side()];
    const [first, second] = [delivery(), delivery()];
    await log([update('a')], first.control);
    const late = assert.rejects(
      async () => objects([update('b')], second.control),
      (error) => isBucketcastError(error, 'closed'),
    );
    first.abort.abort();
    second.abort.abort();
    void third([update('c')], delivery().control);
    await late;
    await new Promise(setImmediate);
    assert.deepEqual(calls, ['a', 'c']);
  });
});
