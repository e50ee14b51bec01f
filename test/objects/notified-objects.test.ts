import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DirectObjectReader } from '../../src/pool/direct-object-reader.ts';
import { prefix } from './objects-bucket.ts';
import { ObjectsRig } from './objects-rig.ts';

const MINUTE = 60_000;

/** A bucket of `objects` in pages of ten, all delivered, a coordinator that is notified, and the LISTs for single keys. */
async function notifiedRig(objects: number, t: { after(stop: () => unknown): void }) {
  const looked: string[] = [];
  const trouble = { fails: false };
  const rig: ObjectsRig = new ObjectsRig({
    parts: {
      hintsConnected: () => true,
      page: async (key) => {
        looked.push(key);
        if (trouble.fails) throw new Error('no answer');
        return new DirectObjectReader({ store: rig.bucket.store, prefix, maxBytes: 1000 }).list({
          prefix: key,
        });
      },
    },
  });
  rig.bucket.pageSize = 10;
  for (let n = 0; n < objects; n += 1) await rig.bucket.put(`old-${n}`);
  const coordinator = await rig.idle();
  t.after(() => coordinator.stop());
  rig.news();
  rig.bucket.listings = 0;
  return { rig, coordinator, looked, trouble };
}

test('an object that a notification names is delivered by one LIST and one GET, and once', async (t) => {
  const { rig, coordinator, looked } = await notifiedRig(35, t);
  rig.bucket.fetched.length = 0;
  const key = await rig.bucket.put('new');
  const { listings } = rig.bucket;
  for (let times = 0; times < 3; times += 1) assert.equal(coordinator.look([key]), true);
  await rig.clock.until(() => rig.delivered.length > 0, 1000);
  assert.deepEqual([rig.news(), rig.bucket.fetched], [['new'], [key]]);
  assert.equal(rig.bucket.listings, listings);
  coordinator.look([key]);
  await rig.clock.advance(1000);
  await rig.wait(coordinator.idle());
  assert.deepEqual(rig.news(), [], 'a complete listing takes it for known, too');
  assert.deepEqual(new Set(looked), new Set([key]));
});

test('a key that is not listed yet, gone, or cannot be looked at is left to a complete listing', async (t) => {
  const { rig, coordinator, trouble } = await notifiedRig(35, t);
  const { listings } = rig.bucket;
  coordinator.look([`${prefix}a/gone.json`]);
  await rig.clock.advance(1000);
  assert.equal(rig.bucket.listings, listings + 1);
  trouble.fails = true;
  coordinator.look([await rig.bucket.put('new')]);
  await rig.clock.until(() => rig.delivered.length === 1, 2000);
  assert.deepEqual(rig.news(), ['new']);
});

test('many keys at once, or few objects in all, are looked for by one complete listing', async (t) => {
  const { rig, coordinator, looked } = await notifiedRig(35, t);
  const keys = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((url) => rig.bucket.put(url)));
  coordinator.look(keys);
  await rig.clock.until(() => rig.delivered.length === 5, 2000);
  assert.deepEqual(looked, []);
  const small = await notifiedRig(3, t);
  small.coordinator.look([await small.rig.bucket.put('new')]);
  await small.rig.clock.until(() => small.rig.delivered.length === 1, 2000);
  assert.deepEqual(small.looked, []);
});

test('nobody looks for keys that no subscription reads', async (t) => {
  const { rig, coordinator, looked } = await notifiedRig(35, t);
  const own = await rig.bucket.put('own', { server: 'reader' });
  assert.equal(coordinator.look([own, `${prefix}a/folder/`, 'elsewhere/a/b.json']), false);
  await rig.clock.advance(500);
  assert.deepEqual(looked, []);
});

test('while notifications tell all that listings find, the complete listing is a rare audit', async (t) => {
  const { rig, coordinator } = await notifiedRig(35, t);
  const listingsIn = async (ms: number) => {
    const before = rig.bucket.listings;
    await rig.clock.advance(ms);
    return rig.bucket.listings - before;
  };
  await rig.clock.advance(30 * MINUTE);
  const often = await listingsIn(60 * MINUTE);
  coordinator.look([await rig.bucket.put('told')]);
  await rig.clock.advance(60 * MINUTE);
  const seldom = await listingsIn(60 * MINUTE);
  assert.ok(seldom <= 8 && often > 5 * seldom, `${often}, then ${seldom}`);
  await rig.bucket.put('untold');
  await rig.clock.until(() => rig.delivered.includes('untold'), 15 * MINUTE);
  await rig.clock.advance(MINUTE);
  assert.ok((await listingsIn(60 * MINUTE)) > 5 * seldom, 'one that nobody told of brings them back');
});
