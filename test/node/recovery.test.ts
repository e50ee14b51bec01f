import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { Update } from '../../src/base/update.ts';
import type { SettingsInput } from '../../src/config/settings.ts';
import type { BucketcastNode } from '../../src/node.ts';
import { NodeRig } from './node-rig.ts';

const MINUTE = 60_000;
const poll = { maxMs: MINUTE };
const writes: SettingsInput = {
  index: { enabled: true },
  snapshots: { write: 'claim', intervalMs: 20 * MINUTE },
  retention: { maxAgeMs: 30 * MINUTE, marginMs: 5 * MINUTE, intervalMs: 10 * MINUTE },
  janitor: { intervalMs: 10 * MINUTE },
  // One writer all the time, so that everything stands in one lane.
  publish: { retireAfterMs: 9 * MINUTE },
  poll,
};
const urls = Array.from({ length: 12 }, (_, at) => `u${String(at).padStart(2, '0')}`);

/** What a subscription gets, as `<url> <content>`. */
function collect(into: string[]) {
  return (updates: readonly Update[]) =>
    void into.push(...updates.map((one) => `${one.url} ${JSON.stringify(one.content)}`));
}

/**
 * `b` has read the first version of each URL and was then away for longer than retention; meanwhile each got a second one, every third
 * one a third, which still stands in the log, and one was deleted.
 */
async function awayTooLong(t: TestContext, settings = writes, index: SettingsInput['index'] = {}) {
  const rig = new NodeRig(t);
  const a = await rig.started('a', settings);
  const state = rig.state();
  const b = await rig.started('b', { poll, index }, { state });
  const first: string[] = [];
  await rig.wait(b.subscribe({ name: 'all' }, collect(first)));
  for (const url of urls) await rig.wait(a.publish({ url, content: 1 }));
  await rig.wait(a.flush());
  await rig.wait(b.idle());
  assert.equal(first.length, urls.length);
  await rig.wait(b.stop());
  for (const url of urls) await rig.wait(a.publish({ url, content: 2 }));
  await rig.wait(a.publish({ url: 'u07', kind: 'delete' }));
  await keepBusy(rig, a, 70);
  for (const url of urls.filter((_, at) => at % 3 === 0)) await rig.wait(a.publish({ url, content: 3 }));
  await rig.wait(a.flush());
  return { rig, state };
}

async function keepBusy(rig: NodeRig, node: BucketcastNode, minutes: number) {
  for (let minute = 0; minute < minutes; minute += 5) {
    await rig.wait(node.publish({ url: 'busy', content: minute }));
    await rig.clock.advance(5 * MINUTE);
  }
}

/** Of the second version everything that has no third. */
const recovered = urls.map((url, at) => (at === 7 ? `${url} null` : `${url} 2`)).sort();

describe('a node that was away for longer than retention', () => {
  it('gets the newest of what it lost, then the log, once each, whatever crash comes between', async (t) => {
    const { rig, state } = await awayTooLong(t);
    const got: string[] = [];
    const stuck = Promise.withResolvers<void>();
    const dying = await rig.started('b', { poll }, { state });
    const deliver = (updates: readonly Update[]) => {
      if (got.length >= 5) {
        stuck.resolve();
        return new Promise<void>(() => {});
      }
      collect(got)(updates);
      return undefined;
    };
    await rig.wait(dying.subscribe({ name: 'all', maxBatch: 1 }, deliver));
    await rig.wait(stuck.promise);
    await rig.wait(dying.stop({ timeoutMs: 0 }));
    assert.equal(got.length, 5);
    const b = await rig.started('b', { poll }, { state });
    const events: { updates: number }[] = [];
    b.events.on('recovered', (event) => events.push(event));
    await rig.wait(b.subscribe({ name: 'all' }, collect(got)));
    await rig.wait(b.idle());
    assert.deepEqual(got.slice(0, urls.length).sort(), recovered);
    assert.deepEqual(
      got.filter((line) => line.endsWith(' 3')),
      ['u00 3', 'u03 3', 'u06 3', 'u09 3'],
    );
    assert.equal(new Set(got).size, got.length);
    const [letter, ...more] = state.deadLetters();
    assert.equal(more.length, 0);
    assert.equal(letter?.reason, 'expired');
    assert.match(letter?.message ?? '', /12 updates of them came from snapshot/);
    assert.deepEqual(
      events.map(({ updates }) => updates),
      [12],
    );
  });

  it('has the newest of what its index lost, too', async (t) => {
    const { rig, state } = await awayTooLong(t, writes, { enabled: true });
    const b = await rig.started('b', { poll, index: { enabled: true } }, { state });
    await rig.wait(b.idle());
    await rig.clock.until(() => b.state.get('u09')?.content === 3);
    const contents = urls.map((url) => `${url} ${JSON.stringify(b.state.get(url)?.content)}`);
    const expected = urls.map((url, at) => `${url} ${at % 3 === 0 ? 3 : at === 7 ? 'null' : 2}`);
    assert.deepEqual(contents, expected);
    assert.equal(b.state.get('u07')?.kind, 'delete');
  });

  it('gets the log alone where nobody wrote a snapshot, and is told what is gone', async (t) => {
    const { snapshots: _, ...rest } = writes;
    const { rig, state } = await awayTooLong(t, rest);
    const got: string[] = [];
    const b = await rig.started('b', { poll }, { state });
    await rig.wait(b.subscribe({ name: 'all' }, collect(got)));
    await rig.wait(b.idle());
    assert.deepEqual(
      got.filter((line) => line.startsWith('u')),
      ['u00 3', 'u03 3', 'u06 3', 'u09 3'],
    );
    assert.equal(state.deadLetters()[0]?.reason, 'expired');
  });
});
