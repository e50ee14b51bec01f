import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  parkedPrefix,
  segmentKey,
  tipKey,
  tipsOfWriterPrefix,
  tipsPrefix,
  writerName,
} from '../../src/log/keys.ts';
import { extendAll, parkExtended } from '../../src/publish/parking.ts';
import type { ObjectStore } from '../../src/store/object-store.ts';
import { settle } from '../support/fake-clock.ts';
import { fleet, reachOf } from './bucket-reader.ts';
import { Rig, watch } from './publisher-rig.ts';

const MINUTE = 60_000;

/** A predecessor on record, with these segments in lane 0. */
async function predecessor(rig: Rig, ...segments: number[]): Promise<string> {
  const writer = writerName({ server: 'alpha', hostId: rig.state.hostId, incarnation: 'e'.repeat(32) });
  rig.state.recordWriter(writer, 1);
  for (const sequence of segments)
    await rig.bucket.put(segmentKey({ writer, lane: 0 }, sequence), new Uint8Array([1]));
  return writer;
}
const putTip = (store: ObjectStore, writer: string, rev: number, next: number, oldest = 0) =>
  store.put(tipKey({ writer, rev, lanes: [{ next, oldest }] }), new Uint8Array());
const unparked = (rig: Rig) => rig.state.unparkedWriters().map(({ writer }) => writer);

test('a predecessor is followed beyond its tip, parked, and only then its tips go', async () => {
  const rig = new Rig();
  const writer = await predecessor(rig, 0, 1, 2, 4);
  await putTip(rig.bucket, writer, 1, 1);
  const { publisher, store } = rig.publisher();
  publisher.start();
  await rig.clock.advance(10);
  assert.deepEqual(await reachOf(rig.bucket, writer), [{ next: 3, oldest: 0 }]);
  assert.deepEqual((await rig.bucket.list(tipsOfWriterPrefix(writer))).objects, []);
  const writes = store.calls.filter(({ operation }) => operation === 'put' || operation === 'delete');
  assert.deepEqual(
    writes.map(({ operation, key }) => [operation, key.split('/')[1]]),
    [
      ['put', 'parked'],
      ['put', 'tips'],
      ['delete', 'tips'],
    ],
  );
  assert.deepEqual(unparked(rig), []);
});

test('a predecessor that never wrote anything is just marked', async () => {
  const rig = new Rig();
  await predecessor(rig);
  const { publisher, store } = rig.publisher();
  publisher.start();
  await rig.clock.advance(10);
  assert.deepEqual(unparked(rig), []);
  assert.equal(store.keysOf('put').length, 0);
});

test('updates wait until the predecessors are findable, however long the store is away', async () => {
  const rig = new Rig();
  const writer = await predecessor(rig, 0);
  const { publisher, store } = rig.publisher();
  store.script = () => 'lose';
  publisher.start();
  const published = watch(publisher.publish({ url: 'u' }));
  await rig.clock.advance(MINUTE);
  assert.equal(published.status, 'pending');
  assert.equal(store.keysOf('put').length, 0);
  store.script = () => 'pass';
  await rig.clock.advance(1000);
  assert.equal(published.status, 'resolved');
  assert.deepEqual(await reachOf(rig.bucket, writer), [{ next: 1, oldest: 0 }]);
});

describe('a predecessor without a tip', () => {
  test('that a janitor parked and trimmed is followed from what the batch says', async () => {
    const rig = new Rig();
    const writer = await predecessor(rig, 7, 8);
    const { signal } = new AbortController();
    const parts = { ...fleet, fleet, store: rig.bucket, random: rig.random, events: rig.events, signal };
    const known = { writer, lanes: [{ next: 7, oldest: 7 }], tipKeys: [] };
    const [extended] = await extendAll([known], parts);
    assert.equal(extended?.lanes[0]?.next, 9);
    await parkExtended([{ ...known, doubtful: false, time: rig.clock.now() }], parts);
    const { publisher } = rig.publisher();
    publisher.start();
    await rig.clock.advance(10);
    assert.deepEqual(await reachOf(rig.bucket, writer), [{ next: 9, oldest: 7 }]);
    assert.deepEqual(unparked(rig), []);
  });

  test('whose lane does not begin at its beginning is looked at again, for LIST may hide its tip', async () => {
    const rig = new Rig();
    const writer = await predecessor(rig, 7, 8);
    const { publisher } = rig.publisher({ retention: { marginMs: MINUTE } });
    publisher.start();
    const published = await publisher.publish({ url: 'u' });
    assert.deepEqual(unparked(rig).includes(writer), true);
    await putTip(rig.bucket, writer, 3, 8, 7);
    await rig.clock.advance(MINUTE);
    assert.deepEqual(await reachOf(rig.bucket, writer), [{ next: 9, oldest: 7 }]);
    assert.deepEqual(unparked(rig), [published.writer]);
    await publisher.stop({ timeoutMs: 1000 });
  });

  test('is given up after some rounds', async () => {
    const rig = new Rig();
    await predecessor(rig, 7, 8);
    const { publisher } = rig.publisher({ retention: { marginMs: MINUTE } });
    publisher.start();
    await rig.clock.advance(6 * MINUTE);
    assert.equal(unparked(rig).length, 1);
    await rig.clock.advance(MINUTE);
    assert.deepEqual(unparked(rig), []);
    await publisher.stop({ timeoutMs: 1000 });
  });
});

test('a guest leaves the writers of the node alone and answers only for what a tip covers', async () => {
  const rig = new Rig();
  const writer = await predecessor(rig, 0);
  const { publisher, store } = rig.publisher({ role: 'guest' });
  publisher.start();
  await publisher.publish({ url: 'u' });
  const second = watch(publisher.publish({ url: 'u' }));
  await rig.clock.advance(500);
  assert.equal(second.status, 'pending');
  await publisher.stop({ timeoutMs: 1000 });
  await settle();
  assert.equal(second.status, 'resolved');
  assert.deepEqual(unparked(rig), [writer]);
  assert.deepEqual(store.keysOf('list'), []);
  assert.deepEqual((await rig.bucket.list(parkedPrefix)).objects, []);
  assert.equal((await rig.bucket.list(tipsPrefix)).objects.length, 1);
});
