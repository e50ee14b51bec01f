import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FleetKeys } from '../../src/log/fleet-keys.ts';
import { parkedKey, segmentKey, type Tip, tipKey } from '../../src/log/keys.ts';
import { maxBatchBytes } from '../../src/log/parked-batch.ts';
import { urls } from './fleet-log.ts';
import { Rig } from './rig.ts';

const nothing = new Uint8Array();

test('a hundred polls of an idle fleet are a hundred LISTs and nothing else', async () => {
  const rig = new Rig();
  const parked = rig.log.writer('parked');
  await rig.log.publish(parked, 5);
  await rig.log.park({ [parked]: { next: 5, oldest: 0 } });
  await rig.log.publish(rig.log.writer('a'), 5);
  const coordinator = rig.coordinator();
  coordinator.start();
  await rig.wait(coordinator.subscribe(rig.spec()));
  await rig.wait(coordinator.idle());
  rig.store.calls.length = 0;
  const polls = rig.events('poll').length;
  await rig.clock.until(() => rig.events('poll').length >= polls + 100);
  assert.deepEqual(
    rig.store.calls.filter(({ call }) => call !== 'list'),
    [],
  );
  assert.equal(rig.store.calls.length, rig.events('poll').length - polls);
  await coordinator.stop();
});

test('what a restart costs does not depend on batches that were delivered before', async () => {
  const rig = new Rig();
  const writers = ['p', 'q', 'r'].map((name) => rig.log.writer(name));
  for (const writer of writers) {
    await rig.log.publish(writer, 2);
    await rig.log.park({ [writer]: { next: 2, oldest: 0 } });
  }
  const before = rig.coordinator();
  before.start();
  await rig.wait(before.subscribe(rig.spec()));
  await rig.wait(before.idle());
  assert.equal(rig.store.count('get', 'parked/'), 3);
  assert.equal(rig.delivered.length, 6);
  await before.stop();
  rig.store.calls.length = 0;
  const after = rig.coordinator();
  after.start();
  await rig.wait(after.subscribe(rig.spec()));
  await rig.wait(after.idle());
  assert.equal(rig.store.count('get'), 0);
  // A subscription that is new has seen none of them.
  await rig.wait(after.subscribe(rig.spec({ name: 'later' })));
  await rig.wait(after.idle());
  assert.equal(rig.store.count('get', 'parked/'), 3);
  assert.equal(rig.delivered.length, 12);
  await after.stop();
});

test('a batch counts as seen only when all its lanes are delivered', async () => {
  const rig = new Rig();
  const writer = rig.log.writer('p');
  await rig.log.publish(writer, 2);
  const batch = await rig.log.park({ [writer]: { next: 2, oldest: 0 } });
  const stuck = rig.coordinator();
  stuck.start();
  await rig.wait(stuck.subscribe(rig.spec({ deliver: () => Promise.reject(new Error('away')) })));
  await rig.clock.advance(60_000);
  assert.deepEqual(rig.state.seenBatches('all'), []);
  await stuck.stop();
  const fine = rig.coordinator();
  fine.start();
  await rig.wait(fine.subscribe(rig.spec()));
  await rig.wait(fine.idle());
  assert.deepEqual(rig.state.seenBatches('all'), [batch]);
  await fine.stop();
});

test('more tips than a page holds are all found', async () => {
  const rig = new Rig();
  for (let at = 0; at < 1100; at += 1) {
    const writer = rig.log.writer(`w${at}`);
    await rig.store.inner.put(tipKey({ writer, rev: 1, lanes: [{ next: 1, oldest: 1 }] }), nothing);
  }
  await rig.log.publish(rig.log.writer('zz'), 1);
  const coordinator = rig.coordinator();
  coordinator.start();
  await rig.wait(coordinator.subscribe(rig.spec()));
  await rig.wait(coordinator.idle());
  assert.deepEqual(rig.delivered, ['zz/0']);
  rig.store.calls.length = 0;
  await rig.wait(coordinator.pollNow());
  assert.deepEqual(
    rig.store.calls.map(({ call }) => call),
    ['list', 'list'],
  );
  await coordinator.stop();
});

test('what a poll learned before it failed is not lost', async () => {
  const rig = new Rig();
  const parked = rig.log.writer('parked');
  await rig.log.publish(parked, 2);
  await rig.log.publish(rig.log.writer('a'), 2);
  await rig.log.park({ [parked]: { next: 2, oldest: 0 } });
  const coordinator = rig.coordinator();
  rig.state.createSubscription('all', 'earliest', [], 0);
  let away = true;
  rig.store.fails = (_call, key) => away && key.includes('parked/');
  coordinator.start();
  await rig.wait(coordinator.subscribe(rig.spec()));
  await rig.clock.until(() => rig.events('poll-failed').length >= 3);
  assert.deepEqual(rig.delivered, urls('a', 0, 2));
  away = false;
  await rig.wait(coordinator.idle());
  assert.deepEqual(rig.delivered, [...urls('a', 0, 2), ...urls('parked', 0, 2)]);
  await coordinator.stop();
});

test('a marker whose batch is gone, or is nonsense, costs less and less', async () => {
  const rig = new Rig();
  const writer = rig.log.writer('p');
  const gone = await rig.log.park({ [writer]: { next: 0, oldest: 0 } });
  const bad = await rig.log.park({ [writer]: { next: 0, oldest: 0 } });
  await rig.store.inner.delete(parkedKey(gone));
  await rig.store.inner.put(parkedKey(bad), Buffer.from('nonsense'));
  const coordinator = rig.coordinator();
  coordinator.start();
  await rig.wait(coordinator.subscribe(rig.spec()));
  await rig.clock.until(() => rig.events('poll').length >= 100);
  assert.ok(rig.store.count('get', gone) < 15);
  assert.deepEqual(
    rig.events('distrusted').map(({ key }) => key),
    [parkedKey(bad)],
  );
  await coordinator.stop();
});

test('a batch too large to be one is told of once, and polls are complete without it', async () => {
  const rig = new Rig();
  const writer = rig.log.writer('a');
  await rig.log.publish(writer, 2);
  const huge = await rig.log.park({ [rig.log.writer('p')]: { next: 0, oldest: 0 } });
  await rig.store.inner.put(parkedKey(huge), new Uint8Array(maxBatchBytes + 1));
  const coordinator = rig.coordinator();
  coordinator.start();
  await rig.wait(coordinator.subscribe(rig.spec()));
  await rig.wait(coordinator.idle());
  assert.deepEqual(rig.delivered, urls('a', 0, 2));
  assert.deepEqual(
    rig.events('distrusted').map(({ key }) => key),
    [parkedKey(huge)],
  );
  await coordinator.stop();
});

test('a next that is far ahead is believed only when its last segment exists', async () => {
  const rig = new Rig({ read: { farAhead: 10 } });
  const writer = rig.log.writer('a');
  await rig.log.publish(writer, 10);
  const lie: Tip = { writer, rev: 99, lanes: [{ next: 1_000_000, oldest: 0 }] };
  await rig.store.inner.put(tipKey(lie), nothing);
  const coordinator = rig.coordinator();
  coordinator.start();
  await rig.wait(coordinator.subscribe(rig.spec()));
  await rig.wait(coordinator.idle());
  await rig.clock.until(() => rig.events('poll').length >= 50);
  assert.deepEqual(rig.delivered, urls('a', 0, 10));
  assert.deepEqual(
    rig.events('distrusted').map(({ key }) => key),
    [tipKey(lie)],
  );
  assert.ok(rig.store.count('head') < 12, 'asked ever more rarely');
  assert.deepEqual(rig.state.deadLetters(), []);
  await rig.store.inner.delete(tipKey(lie));
  await rig.log.publish(writer, 40, 10);
  await rig.wait(coordinator.idle());
  assert.deepEqual(rig.delivered, urls('a', 0, 40));
  assert.equal(rig.store.calls.at(-1)?.call, 'list');
  assert.ok(rig.store.count('head', segmentKey({ writer, lane: 0 }, 39)) > 0);
  await coordinator.stop();
});

const keys: FleetKeys = {
  ring: [{ id: 'k1', secret: new Uint8Array(32).fill(1) }],
  active: 'k1',
  required: false,
};

test('a tip that does not verify is ignored and told once', async () => {
  const rig = new Rig({ keys });
  const writer = rig.log.writer('a');
  await rig.log.publish(writer, 2);
  const lanes = [{ next: 9, oldest: 9 }];
  const forged = [
    { writer, rev: 50, lanes, mac: `k1-${'0'.repeat(32)}` },
    { writer, rev: 51, lanes, mac: `k9-${'0'.repeat(32)}` },
    { writer, rev: 52, lanes },
  ].map(tipKey);
  for (const key of forged) await rig.store.inner.put(key, nothing);
  const coordinator = rig.coordinator({ keys: { ...keys, required: true } });
  coordinator.start();
  await rig.wait(coordinator.subscribe(rig.spec()));
  await rig.wait(coordinator.idle());
  await rig.clock.until(() => rig.events('poll').length >= 20);
  assert.deepEqual(rig.delivered, urls('a', 0, 2));
  assert.deepEqual(
    rig.events('distrusted').map(({ key }) => key),
    forged,
  );
  await coordinator.stop();
});

test('a tip that is no longer listed takes nothing back', async () => {
  const rig = new Rig();
  const writer = rig.log.writer('a');
  await rig.log.publish(writer, 3);
  rig.store.holds = (call) => (call === 'get' ? rig.clock.sleep(1000) : undefined);
  rig.state.createSubscription('all', 'earliest', [], 0);
  const coordinator = rig.coordinator();
  coordinator.start();
  await rig.wait(coordinator.subscribe(rig.spec()));
  await rig.wait(coordinator.pollNow());
  await rig.log.park({ [writer]: { next: 2, oldest: 0 } });
  await rig.wait(coordinator.idle());
  assert.deepEqual(rig.delivered, urls('a', 0, 3));
  await coordinator.stop();
});
