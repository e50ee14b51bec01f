import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { entriesFrom, ParkedView } from '../../src/jobs/parked-view.ts';
import { laneLogPrefix, markerKey, parkedPrefix, tipsPrefix } from '../../src/log/keys.ts';
import { joinAllEntries } from '../../src/publish/parked-entries.ts';
import { writeBatch } from '../../src/publish/write-batch.ts';
import { fleet, knownLanes, reachOf, readAll } from '../publish/bucket-reader.ts';
import { checkPromises, killAt, live, type Promised } from '../publish/promises-kept.ts';
import { Rig } from '../publish/publisher-rig.ts';
import { JanitorRig } from './janitor-rig.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const keys = async (rig: Rig, prefix: string) =>
  (await rig.bucket.list(prefix)).objects.map(({ key }) => key);

/** A writer that has published `count` updates, one a segment, and is gone. */
async function goneWriter(rig: Rig, count: number): Promise<string> {
  const { publisher } = rig.publisher({ publish: { maxSegmentUpdates: 1 }, role: 'guest' });
  publisher.start();
  const sent = Array.from({ length: count }, (_, data) => publisher.publish({ url: 'u', data }));
  await rig.clock.advance(2000);
  const { writer } = (await sent.at(-1)) as { writer: string };
  await publisher.stop({ timeoutMs: 1000 });
  return writer;
}

describe('parking', () => {
  test('moves a quiet writer from its tip to a batch, with nothing lost', async () => {
    const rig = new Rig();
    const writer = await goneWriter(rig, 3);
    const { janitor, pollFor } = bound(new JanitorRig(rig));
    janitor.start();
    await pollFor(9);
    assert.equal((await keys(rig, `${tipsPrefix}${writer}/`)).length, 1);
    await pollFor(8);
    assert.deepEqual(await keys(rig, `${tipsPrefix}${writer}/`), []);
    assert.deepEqual(await reachOf(rig.bucket, writer), [{ next: 3, oldest: 0 }]);
    assert.deepEqual(rig.eventsNamed('parked').length, 1);
    janitor.stop();
    assert.equal(rig.clock.pending, 0);
  });

  test('leaves a writer alone whose tip moves', async () => {
    const rig = new Rig();
    const { publisher } = rig.publisher();
    publisher.start();
    const { janitor, pollFor } = bound(new JanitorRig(rig));
    janitor.start();
    for (let round = 0; round < 10; round += 1) {
      await publisher.publish({ url: 'u' });
      await pollFor(4);
    }
    assert.deepEqual(rig.eventsNamed('parked'), []);
    janitor.stop();
    await publisher.stop({ timeoutMs: 1000 });
  });

  test('costs no request while nothing is quiet', async () => {
    const rig = new Rig();
    await goneWriter(rig, 1);
    const { janitor, store, pollFor } = bound(new JanitorRig(rig, { intervalMs: 24 * HOUR }));
    janitor.start();
    await pollFor(9);
    assert.deepEqual(store.calls, []);
    janitor.stop();
  });

  test('finds all that a host promised which is killed at any call and never comes back', async () => {
    const options = { publish: { maxSegmentUpdates: 2, lanes: 2, tipIntervalMs: 100 } };
    let promises = 0;
    for (let at = 1; at <= 18; at += 1) {
      const rig = new Rig();
      const promised: Promised = new Map();
      await live(rig, rig.publisher(options), killAt(at, at % 2 === 0), promised);
      const { janitor, pollFor } = bound(new JanitorRig(rig));
      janitor.start();
      await pollFor(17);
      await checkPromises(rig.bucket, promised, `killed at call ${at}`);
      assert.deepEqual(
        (await keys(rig, tipsPrefix)).filter((key) => !key.includes('/~/')),
        [],
      );
      janitor.stop();
      promises += promised.size;
    }
    assert.ok(promises > 50, `${promises} promises`);
  });

  test('by a janitor that dies at any step, or by two at once, only repeats work', async () => {
    for (let at = 1; at <= 6; at += 1) {
      for (const carriedOut of [false, true]) {
        const rig = new Rig();
        const writer = await goneWriter(rig, 3);
        const [dying, other] = [new JanitorRig(rig), new JanitorRig(rig)];
        dying.store.script = killAt(at, carriedOut);
        dying.janitor.start();
        other.janitor.start();
        for (let minute = 0; minute < 40; minute += 1) {
          await Promise.all([dying.pollFor(1), other.poll()]);
          assert.deepEqual(await reachOf(rig.bucket, writer), [{ next: 3, oldest: 0 }], `died at call ${at}`);
        }
        assert.deepEqual(await keys(rig, `${tipsPrefix}${writer}/`), []);
        dying.janitor.stop();
        other.janitor.stop();
      }
    }
  });
});

describe('a round', () => {
  test('announces what is old, and deletes it only after the margin', async () => {
    const rig = new Rig();
    const writer = await goneWriter(rig, 3);
    const { janitor, pollFor } = bound(new JanitorRig(rig, { intervalMs: 1000 * HOUR }));
    janitor.start();
    await pollFor(17);
    await janitor.runOnce();
    assert.deepEqual(await reachOf(rig.bucket, writer), [{ next: 3, oldest: 0 }]);
    await rig.clock.advance(HOUR);
    await janitor.runOnce();
    assert.deepEqual(await reachOf(rig.bucket, writer), [{ next: 3, oldest: 3 }]);
    assert.deepEqual(rig.eventsNamed('trimmed'), [{ writer, lane: 0, from: 0, to: 3 }]);
    await rig.clock.advance(9 * MINUTE);
    await janitor.runOnce();
    assert.equal((await keys(rig, laneLogPrefix({ writer, lane: 0 }))).length, 3);
    await rig.clock.advance(MINUTE);
    await janitor.runOnce();
    assert.deepEqual(await keys(rig, laneLogPrefix({ writer, lane: 0 })), []);
    janitor.stop();
  });

  test('counts a writer as empty from when that has been announced for the margin, and anew when it wakes', async () => {
    const rig = new Rig();
    const writer = await goneWriter(rig, 2);
    const { janitor, pollFor } = bound(new JanitorRig(rig, { intervalMs: 1000 * HOUR }));
    const { bucket: store, random, clock } = rig;
    const parts = { store, random, clock, fleet, signal: new AbortController().signal };
    const view = new ParkedView({ ...parts, onUnreadable: () => {} });
    const emptySince = async () => {
      await janitor.runOnce();
      const { batches } = await view.refresh();
      return joinAllEntries(entriesFrom(batches, 0)).get(writer)?.emptySince;
    };
    janitor.start();
    await pollFor(17);
    await rig.clock.advance(HOUR);
    assert.equal(await emptySince(), undefined, 'announced just now');
    await rig.clock.advance(9 * MINUTE);
    assert.equal(await emptySince(), undefined);
    await rig.clock.advance(MINUTE);
    const since = await emptySince();
    assert.equal(since, rig.clock.now());
    await rig.clock.advance(HOUR);
    assert.equal(await emptySince(), since, 'once');
    const woken = { writer, lanes: [{ next: 3, oldest: 0 }], parkedAt: 0 };
    await writeBatch([woken], parts);
    assert.equal(await emptySince(), undefined, 'the lanes are trimmed further');
    await rig.clock.advance(10 * MINUTE);
    assert.equal(await emptySince(), rig.clock.now());
    janitor.stop();
  });

  test('trims only up to the first young segment', async () => {
    const rig = new Rig();
    const { publisher } = rig.publisher({ publish: { retireAfterMs: 4 * HOUR } });
    publisher.start();
    const { writer } = await publisher.publish({ url: 'u' });
    await rig.clock.advance(50 * MINUTE);
    await publisher.publish({ url: 'u' });
    await rig.clock.advance(2000);
    await publisher.stop({ timeoutMs: 1000 });
    const { janitor, pollFor } = bound(new JanitorRig(rig, { intervalMs: 1000 * HOUR }));
    janitor.start();
    await pollFor(17);
    await janitor.runOnce();
    assert.deepEqual(await reachOf(rig.bucket, writer), [{ next: 2, oldest: 1 }]);
    janitor.stop();
  });

  test('merges many batches into one and loses nothing, with two janitors at it, either dying at any call', async () => {
    for (let at = 1; at <= 60; at += 3) {
      const rig = new Rig();
      const writers: string[] = [];
      const parking = new JanitorRig(rig, { intervalMs: 1000 * HOUR });
      parking.janitor.start();
      for (let n = 0; n < 4; n += 1) {
        writers.push(await goneWriter(rig, 1));
        await parking.pollFor(17);
      }
      parking.janitor.stop();
      assert.equal((await keys(rig, parkedPrefix)).length, 4);
      const janitors = [0, 1].map(() => new JanitorRig(rig, { mergeFrom: 3 }, 24 * HOUR));
      (janitors[0] as JanitorRig).store.script = killAt(at, at % 2 === 0);
      for (let round = 0; round < 4; round += 1) {
        for (const { janitor } of janitors) void janitor.runOnce().catch(() => {});
        await rig.clock.advance(11 * MINUTE);
        assert.deepEqual(
          new Set([...(await knownLanes(rig.bucket)).values()].map(({ writer }) => writer)),
          new Set(writers),
        );
      }
      assert.equal((await keys(rig, tipsPrefix)).length, 1, `killed at call ${at}`);
      for (const { janitor } of janitors) janitor.stop();
      assert.ok((await readAll(rig.bucket)).length === 4);
    }
  });

  test('takes away a marker whose batch is gone', async () => {
    const rig = new Rig();
    await rig.bucket.put(markerKey('a'.repeat(32)), new Uint8Array());
    const { janitor } = new JanitorRig(rig);
    await janitor.runOnce();
    assert.deepEqual(await keys(rig, tipsPrefix), []);
  });
});

function bound(rig: JanitorRig) {
  return { janitor: rig.janitor, store: rig.store, pollFor: (minutes: number) => rig.pollFor(minutes) };
}
