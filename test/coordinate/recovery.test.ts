import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PoisonError } from '../../src/base/errors.ts';
import type { SubscriptionSpec } from '../../src/coordinate/subscription.ts';
import { DeliveredUpdate } from '../../src/log/delivered-update.ts';
import { laneLogPrefix } from '../../src/log/keys.ts';
import { cappedHlc } from '../../src/log/newest-rule.ts';
import { urls } from './fleet-log.ts';
import { Rig } from './rig.ts';
import { partsOf, snapshotOf, trimmedFleet } from './trimmed-fleet.ts';

/**
 * A subscription has read up to segment 1 of a log of six, of which the first four are trimmed. `u0` and `u2` are newest there; `u1`
 * was updated again in what still stands, and `u3` in the lane of somebody else.
 */
async function leftBehind() {
  const { rig, writer } = await trimmedFleet();
  const other = rig.log.writer('b');
  await rig.log.publish(other, 3);
  rig.state.createSubscription('all', 'earliest', [{ writer, lane: 0, sequence: 1, index: 0 }], 0);
  const entries = [
    { writer, sequence: 0, url: 'u0' },
    { writer, sequence: 4, url: 'u1' },
    { writer, sequence: 2, url: 'u2', kind: 'delete' },
    { writer, sequence: 3, url: 'u6' },
    { writer: other, sequence: 2, url: 'u3' },
  ] as const;
  return { rig, writer, other, entries };
}

const kinds = (rig: Rig) => rig.state.deadLetters().map(({ reason, sequence }) => `${reason} ${sequence}`);

async function read(rig: Rig, spec: Partial<SubscriptionSpec> = {}): Promise<void> {
  const coordinator = rig.coordinator();
  coordinator.start();
  await rig.wait(coordinator.subscribe(rig.spec(spec)));
  await rig.wait(coordinator.idle());
  await rig.wait(coordinator.stop());
}

/** Of the lane of `a`, in order. */
const ofLane = (rig: Rig) => rig.delivered.filter((url) => url.startsWith('u'));

test('what retention took comes from the snapshot, once, before what follows in its lane', async () => {
  const { rig, writer, other, entries } = await leftBehind();
  await snapshotOf(rig, entries, { [writer]: 5, [other]: 3 });
  await read(rig);
  assert.deepEqual(ofLane(rig).slice(0, 2).sort(), ['u2', 'u6']);
  assert.deepEqual(ofLane(rig).slice(2), ['u4', 'u5']);
  assert.deepEqual(rig.positions(), { 'a/0': '6.0', 'b/0': '3.0' });
  const [letter, ...more] = rig.state.deadLetters();
  assert.deepEqual(
    [letter?.reason, letter?.sequence, letter?.endSequence, more.length],
    ['expired', 1, 4, 0],
  );
  assert.match(letter?.message ?? '', /; 2 updates of them came from snapshot .* is not delivered$/);
  const [event, ...others] = rig.events('recovered');
  assert.deepEqual([event?.from, event?.to, event?.updates, others.length], [1, 4, 2, 0]);
  assert.deepEqual(rig.state.recoveries('all'), []);
});

test('many lanes that lost something share one reading, and others go on meanwhile', async () => {
  const rig = new Rig();
  const writers = Array.from({ length: 20 }, (_, at) => rig.log.writer(`w${at}`));
  for (const writer of writers) {
    await rig.log.segments(writer, 0, 6);
    await rig.log.tip(writer, { next: 6, oldest: 4 });
    await rig.log.trim(writer, 0, 4);
  }
  rig.state.createSubscription('all', 'earliest', [], 0);
  const entries = writers.map((writer, at) => ({ writer, sequence: 3, url: `w${at}/newest` }));
  await snapshotOf(rig, entries, Object.fromEntries(writers.map((writer) => [writer, 5])));
  // The last one hears of it later than the others.
  const late = laneLogPrefix({ writer: writers.at(-1) as string, lane: 0 });
  rig.store.holds = (call, key) => (call === 'list' && key === late ? rig.clock.sleep(100) : undefined);
  const parts = () => rig.store.calls.filter(({ key }) => key.includes('/part/')).length;
  await read(rig);
  assert.equal(parts(), 10);
  assert.equal(rig.delivered.length, 20 * 3);
  for (const at of writers.keys()) {
    const lane = rig.delivered.filter((url) => url.startsWith(`w${at}/`));
    assert.deepEqual(lane, [`w${at}/newest`, `w${at}/4`, `w${at}/5`]);
  }
  assert.equal(rig.events('recovered').length, 20);
});

test('lanes that lost something stay in order where the sink takes several batches at once', async () => {
  const rig = new Rig();
  const writers = Array.from({ length: 6 }, (_, at) => rig.log.writer(`w${at}`));
  for (const [at, writer] of writers.entries()) {
    await rig.log.segments(writer, 0, 8);
    const oldest = at % 2 === 0 ? 4 : 0;
    await rig.log.tip(writer, { next: 8, oldest });
    await rig.log.trim(writer, 0, oldest);
  }
  rig.state.createSubscription('all', 'earliest', [], 0);
  const entries = writers.map((writer, at) => ({ writer, sequence: 3, url: `w${at}/3` }));
  await snapshotOf(rig, entries, Object.fromEntries(writers.map((writer) => [writer, 8])));
  await read(rig, {
    concurrency: 3,
    maxBatch: 2,
    deliver: async (updates) => {
      await rig.clock.sleep(rig.random.below(50));
      for (const { url } of updates) rig.delivered.push(url);
    },
  });
  for (const at of writers.keys())
    assert.deepEqual(
      rig.delivered.filter((url) => url.startsWith(`w${at}/`)),
      urls(`w${at}`, at % 2 === 0 ? 3 : 0, 8),
    );
});

test('a lane that ends with its loss is not idle before that is filled', async () => {
  const rig = new Rig();
  const writer = rig.log.writer('a');
  await rig.log.tip(writer, { next: 4, oldest: 4 });
  rig.state.createSubscription('all', 'earliest', [], 0);
  await snapshotOf(rig, [{ writer, sequence: 3, url: 'newest' }], { [writer]: 4 });
  await read(rig);
  assert.deepEqual(rig.delivered, ['newest']);
});

test('other lanes go on while a sink that takes several batches is at what was recovered', async () => {
  const { rig, writer, other, entries } = await leftBehind();
  await snapshotOf(rig, entries, { [writer]: 5, [other]: 3 });
  const later = Promise.withResolvers<void>();
  rig.store.holds = (_call, key) => (key.includes(other) ? later.promise : undefined);
  await read(rig, {
    concurrency: 2,
    deliver: async (updates) => {
      const isRecovered = updates.some(({ url }) => url === 'u2');
      if (isRecovered) later.resolve();
      if (isRecovered) await rig.clock.until(() => rig.delivered.includes('b/2'));
      for (const { url } of updates) rig.delivered.push(url);
    },
  });
  assert.ok(rig.delivered.indexOf('b/2') < rig.delivered.indexOf('u2'));
});

test('what is recovered counts in an index as it did in that of the snapshot', async () => {
  const { rig, writer, other, entries } = await leftBehind();
  await snapshotOf(rig, entries, { [writer]: 5, [other]: 3 });
  const counted = new Map<string, boolean>();
  await read(rig, {
    deliver: (updates) => {
      for (const update of updates) {
        const { storedAt } = DeliveredUpdate.recordOf(update).source;
        counted.set(update.url, storedAt !== undefined && cappedHlc(update.hlc, storedAt) === update.hlc);
      }
    },
  });
  assert.deepEqual([counted.get('u2'), counted.get('u6')], [true, true]);
});

test('a process that ends in the middle goes on there, and repeats only what was not acknowledged', async () => {
  const { rig, writer, other, entries } = await leftBehind();
  await snapshotOf(rig, entries, { [writer]: 5, [other]: 3 });
  const first = rig.coordinator();
  first.start();
  const stuck = Promise.withResolvers<void>();
  const deliver: SubscriptionSpec['deliver'] = (updates) => {
    if (ofLane(rig).length === 1) {
      stuck.resolve();
      return new Promise(() => {});
    }
    for (const { url } of updates) rig.delivered.push(url);
    return undefined;
  };
  await rig.wait(first.subscribe(rig.spec({ maxBatch: 1, deliver })));
  await rig.wait(stuck.promise);
  assert.equal(first.snapshot().subscriptions[0]?.waiting.reason, 'delivering');
  await rig.wait(first.stop({ timeoutMs: 0 }));
  assert.deepEqual(kinds(rig), ['expired 1']);
  assert.equal(rig.state.recoveries('all').length, 1);
  await read(rig);
  assert.deepEqual(ofLane(rig).slice(0, 2).sort(), ['u2', 'u6']);
  assert.deepEqual(ofLane(rig).slice(2), ['u4', 'u5']);
  assert.match(rig.state.deadLetters()[0]?.message ?? '', /; 2 updates/);
});

test('a snapshot that does not reach the end of the loss fills nothing of it', async () => {
  const { rig, writer, other, entries } = await leftBehind();
  await snapshotOf(rig, entries, { [writer]: 3, [other]: 3 });
  await read(rig);
  assert.deepEqual(ofLane(rig), ['u4', 'u5']);
  assert.deepEqual(kinds(rig), ['expired 1']);
  assert.doesNotMatch(rig.state.deadLetters()[0]?.message ?? '', /snapshot/);
  assert.deepEqual(rig.events('recovered'), []);
  assert.deepEqual(rig.state.recoveries('all'), []);
});

test('where there is no snapshot the lane goes on behind its loss', async () => {
  const { rig } = await leftBehind();
  await read(rig);
  assert.deepEqual(ofLane(rig), ['u4', 'u5']);
  assert.deepEqual(kinds(rig), ['expired 1']);
});

test('a snapshot with a missing part gives way to the one before, which is counted alone', async () => {
  const { rig, writer, other, entries } = await leftBehind();
  await snapshotOf(rig, entries, { [writer]: 5, [other]: 3 });
  const newest = await snapshotOf(rig, entries, { [writer]: 6, [other]: 3 });
  const last = (await partsOf(rig, newest.snapshot.id)).at(-1);
  await rig.store.inner.delete(last as string);
  await read(rig);
  assert.equal(rig.events('snapshot-bad').length, 1);
  assert.deepEqual([...new Set(ofLane(rig))].sort(), ['u2', 'u4', 'u5', 'u6']);
  assert.deepEqual(ofLane(rig).slice(-2), ['u4', 'u5']);
  assert.equal(rig.events('recovered')[0]?.updates, 2);
});

test('where every snapshot is bad the loss stays as it is', async () => {
  const { rig, writer, other, entries } = await leftBehind();
  const only = await snapshotOf(rig, entries, { [writer]: 5, [other]: 3 });
  for (const key of await partsOf(rig, only.snapshot.id)) await rig.store.inner.delete(key);
  await read(rig);
  assert.deepEqual(ofLane(rig), ['u4', 'u5']);
  assert.deepEqual(kinds(rig), ['expired 1']);
});

test('while the store does not answer for the snapshot the lane waits, says so, and others go on', async () => {
  const { rig, writer, other, entries } = await leftBehind();
  await snapshotOf(rig, entries, { [writer]: 5, [other]: 3 });
  rig.store.fails = (_call, key) => key.startsWith('v1/snapshots/');
  const coordinator = rig.coordinator();
  coordinator.start();
  await rig.wait(coordinator.subscribe(rig.spec()));
  await rig.clock.until(() => rig.delivered.length === 3);
  await rig.clock.advance(30_000);
  assert.deepEqual(ofLane(rig), []);
  const waiting = coordinator.snapshot().subscriptions[0]?.waiting;
  assert.equal(waiting?.reason === 'recovering' && waiting.lanes, 1);
  rig.store.fails = () => false;
  await rig.wait(coordinator.idle());
  assert.deepEqual(ofLane(rig).slice(2), ['u4', 'u5']);
  await rig.wait(coordinator.stop());
});

test('an update that the sink blames becomes a dead letter of its own, and is not counted', async () => {
  const { rig, writer, other, entries } = await leftBehind();
  await snapshotOf(rig, entries, { [writer]: 5, [other]: 3 });
  await read(rig, {
    deliver: (updates) => {
      const poison = updates.find(({ url }) => url === 'u2');
      if (poison) throw new PoisonError('cannot be', { update: poison });
      for (const { url } of updates) rig.delivered.push(url);
    },
  });
  assert.deepEqual(kinds(rig), ['expired 1', 'poison 2']);
  assert.deepEqual(ofLane(rig), ['u6', 'u4', 'u5']);
  assert.equal(rig.events('recovered')[0]?.updates, 1);
});

test('content that the snapshot lacks is one more loss, and is looked for only once', async () => {
  const { rig, writer, other, entries } = await leftBehind();
  await snapshotOf(rig, entries, { [writer]: 5, [other]: 3 }, 1);
  await read(rig);
  assert.deepEqual(kinds(rig).sort(), ['expired 1', 'expired 2', 'expired 3']);
  assert.equal(rig.events('recovered')[0]?.updates, 0);
});

test('one without a name recovers, too', async () => {
  const rig = new Rig();
  const coordinator = rig.coordinator();
  coordinator.start();
  const { name: _, ...spec } = rig.spec();
  await rig.wait(coordinator.subscribe(spec));
  const writer = rig.log.writer('a');
  await rig.log.segments(writer, 0, 6);
  await rig.log.trim(writer, 0, 4);
  await snapshotOf(rig, [{ writer, sequence: 3, url: 'newest' }], { [writer]: 5 });
  await rig.log.tip(writer, { next: 6, oldest: 4 });
  await rig.clock.until(() => rig.delivered.length === 3);
  assert.deepEqual(rig.delivered, ['newest', 'a/4', 'a/5']);
  await rig.wait(coordinator.stop());
});
