import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CleanupReport, cleanup } from '../../src/jobs/cleanup.ts';
import { laneLogPrefix, markerKey, parkedKey, segmentKey, tipsOfWriterPrefix } from '../../src/log/keys.ts';
import { openMemoryState } from '../../src/state/open-state.ts';
import type { ObjectStore } from '../../src/store/object-store.ts';
import { fleet, reachOf } from '../publish/bucket-reader.ts';
import { Rig, watch } from '../publish/publisher-rig.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** A writer of this directory with an old and a young segment. */
async function writerWithAges(rig: Rig): Promise<string> {
  const { publisher } = rig.publisher({ publish: { retireAfterMs: 24 * HOUR } });
  publisher.start();
  const { writer } = await publisher.publish({ url: 'u' });
  await rig.clock.advance(2 * HOUR);
  await publisher.publish({ url: 'u' });
  await rig.clock.advance(2000);
  await publisher.stop({ timeoutMs: 1000 });
  return writer;
}

async function run(
  rig: Rig,
  dryRun: boolean,
  others: Partial<ReturnType<typeof parts>> = {},
): Promise<CleanupReport> {
  const settings = {
    ...fleet,
    maxAgeMs: HOUR,
    marginMs: 10 * MINUTE,
    silentMs: 20 * MINUTE,
    forgetAfterMs: 24 * HOUR,
    dryRun,
  };
  const { signal } = new AbortController();
  const report = watch(cleanup(settings, { ...parts(rig), ...others, signal }));
  await rig.clock.advance(10 * MINUTE);
  assert.ok(report.value, String(report.error));
  return report.value;
}

const parts = ({ bucket: store, state, clock, random, events }: Rig) => ({
  store: store as ObjectStore,
  state,
  clock,
  random,
  events,
});
/** The state of a host that has written nothing. */
const elsewhere = ({ clock, random }: Rig) => ({ state: openMemoryState({ clock, random }) });
const tipsOf = async ({ bucket }: Rig, writer: string) =>
  (await bucket.list(tipsOfWriterPrefix(writer))).objects.length;
const count = async (rig: Rig, writer: string) =>
  (await rig.bucket.list(laneLogPrefix({ writer, lane: 0 }))).objects.length;

test('a dry run tells what would go and writes nothing', async () => {
  const rig = new Rig();
  const writer = await writerWithAges(rig);
  const report = await run(rig, true);
  assert.deepEqual(report.trimmed, [{ writer, lane: 0, from: 0, to: 1 }]);
  assert.equal(report.deletedSegments, 0);
  assert.deepEqual(await reachOf(rig.bucket, writer), [{ next: 2, oldest: 0 }]);
});

test('what is older than the age is announced, and deleted after the margin', async () => {
  const rig = new Rig();
  const writer = await writerWithAges(rig);
  const report = await run(rig, false);
  assert.equal(report.deletedSegments, 1);
  assert.deepEqual(await reachOf(rig.bucket, writer), [{ next: 2, oldest: 1 }]);
  assert.equal(await count(rig, writer), 1);
  assert.deepEqual((await run(rig, false)).trimmed, []);
});

test('a batch that nothing refers to goes only when it is very old', async () => {
  const rig = new Rig();
  const orphan = parkedKey('a'.repeat(32));
  await rig.bucket.put(orphan, new Uint8Array([1]));
  assert.deepEqual((await run(rig, false)).orphanedBatches, []);
  await rig.clock.advance(24 * HOUR);
  assert.deepEqual((await run(rig, false)).orphanedBatches, [orphan]);
  assert.equal((await rig.bucket.head(orphan)).status, 'missing');
});

test('what silent writers of other hosts left goes too, and their tips give way to a batch', async () => {
  const rig = new Rig();
  const writer = await writerWithAges(rig);
  await rig.clock.advance(20 * MINUTE);
  const dry = await run(rig, true, elsewhere(rig));
  assert.deepEqual([dry.parked, dry.trimmed], [[writer], [{ writer, lane: 0, from: 0, to: 1 }]]);
  assert.equal(await tipsOf(rig, writer), 1);

  const report = await run(rig, false, elsewhere(rig));
  assert.deepEqual([report.parked, report.deletedSegments], [[writer], 1]);
  assert.equal(await tipsOf(rig, writer), 0);
  assert.deepEqual(await reachOf(rig.bucket, writer), [{ next: 2, oldest: 1 }]);
  assert.equal(await count(rig, writer), 1);
});

test('segments beyond the last tip of a silent writer are found before it is parked', async () => {
  const rig = new Rig();
  const writer = await writerWithAges(rig);
  await rig.bucket.put(segmentKey({ writer, lane: 0 }, 2), new Uint8Array([1]));
  await rig.clock.advance(20 * MINUTE);
  await run(rig, false, elsewhere(rig));
  assert.deepEqual(await reachOf(rig.bucket, writer), [{ next: 3, oldest: 1 }]);
});

test('a writer with a young tip is left alone, however old its segments are', async () => {
  const rig = new Rig();
  const writer = await writerWithAges(rig);
  await rig.clock.advance(15 * MINUTE);
  const report = await run(rig, false, elsewhere(rig));
  assert.deepEqual([report.parked, report.trimmed], [[], []]);
  assert.equal(await tipsOf(rig, writer), 1);
  assert.equal(await count(rig, writer), 2);
});

test('a batch whose marker a LIST does not show yet is no orphan', async () => {
  const rig = new Rig();
  const batch = 'a'.repeat(32);
  await rig.bucket.put(parkedKey(batch), new Uint8Array([1]));
  await rig.bucket.put(markerKey(batch), new Uint8Array());
  await rig.clock.advance(24 * HOUR);
  const { bucket } = rig;
  const lagging: ObjectStore = Object.assign(Object.create(bucket) as ObjectStore, {
    list: async (prefix: string, options?: object) => {
      const page = await bucket.list(prefix, options);
      return { ...page, objects: page.objects.filter(({ key }) => key !== markerKey(batch)) };
    },
    head: bucket.head.bind(bucket),
    deleteMany: bucket.deleteMany.bind(bucket),
    delete: bucket.delete.bind(bucket),
  });
  assert.deepEqual((await run(rig, false, { store: lagging })).orphanedBatches, []);
  assert.equal((await bucket.head(parkedKey(batch))).status, 'found');
});
