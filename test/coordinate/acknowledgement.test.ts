import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Update } from '../../src/base/update.ts';
import type { DeliveryControl } from '../../src/coordinate/sink-runner.ts';
import { settle } from '../support/fake-clock.ts';
import { urls } from './fleet-log.ts';
import { published, urlsOf } from './published.ts';

test('an explicit acknowledgement of a part is kept, and the rest comes again', async () => {
  const { rig, coordinator } = await published(1, ['1', '2', '3', '4']);
  const calls: string[][] = [];
  const deliver = (updates: readonly Update[], { ack }: DeliveryControl) => {
    calls.push(urlsOf(updates));
    if (calls.length > 1) return ack();
    ack(updates[1]);
    throw new Error('half-way');
  };
  await rig.wait(coordinator.subscribe(rig.spec({ deliver, ack: 'explicit' })));
  assert.deepEqual(rig.positions(), { 'a/0': '0.2' });
  await rig.wait(coordinator.idle());
  assert.deepEqual(calls, [
    ['1', '2', '3', '4'],
    ['3', '4'],
  ]);
  assert.deepEqual(rig.positions(), { 'a/0': '1.0' });
  await coordinator.stop();
});

test('with explicit acknowledgement nothing further comes until all of a batch is acknowledged', async () => {
  const { rig, coordinator } = await published(6);
  const held: { updates: readonly Update[]; control: DeliveryControl }[] = [];
  const deliver = (updates: readonly Update[], control: DeliveryControl) => {
    held.push({ updates, control });
  };
  await rig.wait(coordinator.subscribe(rig.spec({ deliver, ack: 'explicit', maxBatch: 3 })));
  await rig.clock.until(() => held.length === 1);
  await rig.clock.advance(60_000);
  const [first] = held as [(typeof held)[0]];
  first.control.ack(first.updates[0]);
  assert.deepEqual(rig.positions(), { 'a/0': '1.0' }, 'durable when ack returns');
  await rig.clock.advance(60_000);
  assert.equal(held.length, 1);
  first.control.ack();
  await rig.clock.until(() => held.length === 2);
  assert.deepEqual(urlsOf(held[1]?.updates ?? []), urls('a', 3, 6));
  first.control.ack();
  assert.deepEqual(rig.positions(), { 'a/0': '3.0' }, 'a late acknowledgement moves nothing');
  await coordinator.stop({ timeoutMs: 0 });
});

test('a subscription that cannot save its position begins again at the saved one', async () => {
  const { rig, coordinator } = await published(5);
  const { state } = rig;
  const advance = state.advance.bind(state);
  let broken = 2;
  state.advance = (name, change) => {
    if (broken-- > 0) throw new Error('disk full');
    return advance(name, change);
  };
  await rig.wait(coordinator.subscribe(rig.spec({ maxBatch: 2 })));
  await rig.wait(coordinator.idle());
  assert.equal(rig.events('crashed').length, 2);
  assert.deepEqual(rig.delivered, [...urls('a', 0, 2), ...urls('a', 0, 2), ...urls('a', 0, 5)].slice(-9));
  assert.deepEqual(rig.positions(), { 'a/0': '5.0' });
  await coordinator.stop();
});

test('an acknowledgement that cannot be made durable throws, and the updates come again', async () => {
  const { rig, coordinator } = await published(1);
  const { state } = rig;
  const advance = state.advance.bind(state);
  let broken = 1;
  state.advance = (name, change) => {
    if (broken-- > 0) throw new Error('disk full');
    return advance(name, change);
  };
  const thrown: unknown[] = [];
  const deliver = (updates: readonly Update[], { ack }: DeliveryControl) => {
    rig.delivered.push(...urlsOf(updates));
    try {
      ack();
    } catch (error) {
      thrown.push(error);
    }
  };
  await rig.wait(coordinator.subscribe(rig.spec({ deliver, ack: 'explicit' })));
  await rig.wait(coordinator.idle());
  assert.deepEqual(rig.delivered, ['a/0', 'a/0']);
  assert.equal(thrown.length, 1);
  await coordinator.stop();
});

test('an acknowledgement that comes after a crash has taken the batch back throws', async () => {
  const { rig, coordinator } = await published(1);
  const controls: DeliveryControl[] = [];
  const deliver = (_updates: readonly Update[], control: DeliveryControl) => {
    controls.push(control);
  };
  await rig.wait(coordinator.subscribe(rig.spec({ deliver, ack: 'explicit' })));
  await rig.clock.until(() => controls.length === 1);
  const { state } = rig;
  const advance = state.advance.bind(state);
  state.advance = () => {
    throw new Error('disk full');
  };
  assert.throws(() => controls[0]?.ack(), /disk full/);
  state.advance = advance;
  await settle();
  assert.equal(controls[0]?.signal.aborted, true);
  assert.throws(() => controls[0]?.ack(), { code: 'closed' });
  await rig.clock.until(() => controls.length === 2);
  controls[1]?.ack();
  assert.deepEqual(rig.positions(), { 'a/0': '1.0' });
  await coordinator.stop();
});

test('a call of the sink that returns after a crash has taken its batch back acknowledges nothing', async () => {
  const { rig, coordinator } = await published(2);
  const calls: PromiseWithResolvers<void>[] = [];
  const controls: DeliveryControl[] = [];
  const deliver = (updates: readonly Update[], control: DeliveryControl) => {
    rig.delivered.push(...urlsOf(updates));
    controls.push(control);
    calls.push(Promise.withResolvers());
    return calls.at(-1)?.promise;
  };
  await rig.wait(coordinator.subscribe(rig.spec({ deliver })));
  await rig.clock.until(() => calls.length === 1);
  const { state } = rig;
  const advance = state.advance.bind(state);
  state.advance = () => {
    throw new Error('disk full');
  };
  assert.throws(() => controls[0]?.ack(), /disk full/);
  state.advance = advance;
  await rig.clock.advance(10 * 60_000);
  assert.equal(calls.length, 1, 'the sink is never called while a call of it is under way');
  calls[0]?.resolve();
  await rig.clock.until(() => calls.length === 2);
  assert.deepEqual(rig.positions(), { 'a/0': '0.0' });
  assert.equal(rig.events('crashed').length, 1);
  calls[1]?.resolve();
  await rig.wait(coordinator.idle());
  assert.deepEqual(rig.delivered, [...urls('a', 0, 2), ...urls('a', 0, 2)]);
  assert.deepEqual(rig.positions(), { 'a/0': '2.0' });
  await coordinator.stop();
});

test('a process that dies between an acknowledgement and its commit leaves repeats, and nothing out', async () => {
  const { rig, coordinator: killed } = await published(6);
  await rig.wait(killed.subscribe(rig.spec({ maxBatch: 1, deliver: writeUntil(rig.delivered, 5) })));
  await rig.clock.until(() => rig.delivered.length === 5);
  assert.deepEqual(rig.positions(), { 'a/0': '1.0' }, 'the first is committed, the next three wait');
  rig.delivered.length = 0;
  const next = rig.coordinator();
  next.start();
  await rig.wait(next.subscribe(rig.spec()));
  await rig.wait(next.idle());
  assert.deepEqual(rig.delivered, urls('a', 1, 6));
  await next.stop();
  await rig.wait(killed.stop({ timeoutMs: 0 }));
});

test('what waits to be committed is when the sink throws, a poll ends, the subscription stops, or time has passed', async () => {
  const ends: Record<string, (way: Way) => Promise<unknown>> = {
    throws: async ({ fail }) => fail(),
    poll: ({ rig, coordinator }) => rig.wait(coordinator.pollNow()),
    stop: ({ coordinator }) => coordinator.stop({ timeoutMs: 0 }),
    time: ({ rig }) => rig.clock.advance(100),
  };
  for (const [name, end] of Object.entries(ends)) {
    const way = await published(6);
    const { rig, coordinator } = way;
    const failing = Promise.withResolvers<void>();
    const deliver = writeUntil(rig.delivered, 5, failing.promise);
    await rig.wait(coordinator.subscribe(rig.spec({ maxBatch: 1, deliver })));
    await rig.clock.until(() => rig.delivered.length === 5);
    assert.deepEqual(rig.positions(), { 'a/0': '1.0' });
    await end({ ...way, fail: () => failing.reject(new Error('the sink is away')) });
    await settle();
    assert.deepEqual(rig.positions(), { 'a/0': '4.0' }, name);
    await coordinator.stop({ timeoutMs: 0 });
    assert.equal(rig.clock.pending, 0, name);
  }
});

test('a batch that took the sink a while is committed with its acknowledgement, and with what waited before it', async () => {
  const { rig, coordinator } = await published(6);
  const deliver = async (updates: readonly Update[]) => {
    rig.delivered.push(...urlsOf(updates));
    if (rig.delivered.length === 4) await rig.clock.sleep(10);
    if (rig.delivered.length === 5) await new Promise(() => {});
  };
  await rig.wait(coordinator.subscribe(rig.spec({ maxBatch: 1, deliver })));
  await rig.clock.until(() => rig.delivered.length === 5);
  assert.deepEqual(rig.positions(), { 'a/0': '4.0' });
  await coordinator.stop({ timeoutMs: 0 });
});

test('how long counts as a while is the sink’s own, where its batches wait for one another', async () => {
  for (const [quickMs, committed] of [
    [40, { 'a/0': '1.0' }],
    [30, { 'a/0': '4.0' }],
  ] as const) {
    const { rig, coordinator } = await published(6);
    const deliver = async (updates: readonly Update[]) => {
      rig.delivered.push(...urlsOf(updates));
      if (rig.delivered.length === 4) await rig.clock.sleep(30);
      if (rig.delivered.length === 5) await new Promise(() => {});
    };
    await rig.wait(coordinator.subscribe({ ...rig.spec({ maxBatch: 1, deliver }), quickMs }));
    await rig.clock.until(() => rig.delivered.length === 5);
    assert.deepEqual(rig.positions(), committed);
    await coordinator.stop({ timeoutMs: 0 });
  }
});

test('a subscription of which a late commit fails begins again at the saved position', async () => {
  const { rig, coordinator } = await published(6);
  const { state } = rig;
  await rig.wait(coordinator.subscribe(rig.spec({ maxBatch: 1, deliver: writeUntil(rig.delivered, 5) })));
  await rig.clock.until(() => rig.delivered.length === 5);
  const advance = state.advance.bind(state);
  state.advance = () => {
    throw new Error('disk full');
  };
  await rig.clock.advance(100);
  assert.equal(rig.events('crashed').length, 1);
  state.advance = advance;
  await rig.clock.advance(1000);
  await rig.wait(coordinator.pollNow());
  assert.deepEqual(rig.positions(), { 'a/0': '1.0' }, 'what comes again is not committed before');
  await coordinator.stop({ timeoutMs: 0 });
});

interface Way extends Awaited<ReturnType<typeof published>> {
  readonly fail: () => void;
}

/** Writes URLs down; the call with number `last` returns when, and as, `then` does. */
function writeUntil(delivered: string[], last: number, then: Promise<void> = new Promise(() => {})) {
  return (updates: readonly Update[]) => {
    delivered.push(...urlsOf(updates));
    return delivered.length >= last ? then : undefined;
  };
}
