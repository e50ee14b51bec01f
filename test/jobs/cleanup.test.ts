import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CleanupReport, cleanup } from '../../src/jobs/cleanup.ts';
import { laneLogPrefix, parkedKey } from '../../src/log/keys.ts';
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

async function run(rig: Rig, dryRun: boolean): Promise<CleanupReport> {
  const settings = { ...fleet, maxAgeMs: HOUR, marginMs: 10 * MINUTE, forgetAfterMs: 24 * HOUR, dryRun };
  const { signal } = new AbortController();
  const report = watch(cleanup(settings, { ...parts(rig), signal }));
  await rig.clock.advance(10 * MINUTE);
  assert.ok(report.value, String(report.error));
  return report.value;
}

const parts = ({ bucket: store, state, clock, random }: Rig) => ({ store, state, clock, random });
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
