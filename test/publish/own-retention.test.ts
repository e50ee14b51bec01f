import assert from 'node:assert/strict';
import { test } from 'node:test';
import { laneLogPrefix, segmentKey } from '../../src/log/keys.ts';
import { settle } from '../support/fake-clock.ts';
import { reachOf } from './bucket-reader.ts';
import { Rig } from './publisher-rig.ts';

const MINUTE = 60_000;
const retention = { maxAgeMs: 30 * MINUTE, marginMs: 5 * MINUTE, intervalMs: 10 * MINUTE };

/** Publishes one segment a minute. */
async function busy(
  rig: Rig,
  publisher: ReturnType<Rig['publisher']>['publisher'],
  minutes: number,
): Promise<string> {
  let writer = '';
  for (let minute = 0; minute < minutes; minute += 1) {
    const published = publisher.publish({ url: 'u', data: minute });
    await rig.clock.advance(MINUTE);
    ({ writer } = await published);
  }
  return writer;
}
const sequences = async (rig: Rig, writer: string) =>
  (await rig.bucket.list(laneLogPrefix({ writer, lane: 0 }))).objects.map(({ key }) =>
    Number.parseInt(key.slice(-10), 36),
  );

test('a writer trims its own lanes: a tip says so first, and what is below goes a margin later', async () => {
  const rig = new Rig();
  const { publisher } = rig.publisher({ retention });
  publisher.start();
  const writer = await busy(rig, publisher, 31);
  assert.deepEqual(await reachOf(rig.bucket, writer), [{ next: 31, oldest: 1 }]);
  assert.equal((await sequences(rig, writer))[0], 0);
  await busy(rig, publisher, 5);
  assert.equal((await sequences(rig, writer))[0], 1);
  await publisher.stop({ timeoutMs: 1000 });
  assert.equal(rig.clock.pending, 0);
});

test('a segment that a late PUT brings back below oldest is swept in a later round', async () => {
  const rig = new Rig();
  const { publisher } = rig.publisher({ retention });
  publisher.start();
  const writer = await busy(rig, publisher, 36);
  await rig.bucket.put(segmentKey({ writer, lane: 0 }, 0), new Uint8Array([1]));
  await busy(rig, publisher, 12);
  assert.ok(((await sequences(rig, writer))[0] ?? 0) > 0);
  await publisher.stop({ timeoutMs: 1000 });
});

test('a tip that does not get through keeps everything in place', async () => {
  const rig = new Rig();
  const { publisher, store } = rig.publisher({ retention });
  publisher.start();
  const writer = await busy(rig, publisher, 29);
  store.script = ({ operation, key }) =>
    operation === 'put' && key.startsWith('v1/tips/') ? 'lose' : 'pass';
  await rig.clock.advance(60 * MINUTE);
  assert.equal((await sequences(rig, writer)).length, 29);
  const stopped = publisher.stop({ timeoutMs: 1000 });
  await rig.clock.advance(1000);
  await stopped;
});

test('an idle writer leaves its lanes to whoever parks it', async () => {
  const rig = new Rig();
  const { publisher, store } = rig.publisher({ retention });
  publisher.start();
  await busy(rig, publisher, 2);
  const calls = store.calls.length;
  await rig.clock.advance(120 * MINUTE);
  await settle();
  assert.equal(store.calls.length, calls);
  await publisher.stop({ timeoutMs: 1000 });
});
