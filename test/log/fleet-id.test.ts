import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import { BucketcastError } from '../../src/base/errors.ts';
import { decodeFleetId, encodeFleetId, readOrCreateFleetId } from '../../src/log/fleet-id.ts';
import { fleetIdKey } from '../../src/log/keys.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import type { ObjectStore, PutOptions } from '../../src/store/object-store.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { sampleFleet } from './support/sample-segment.ts';

/** Stores whatever is put, as some S3 look-alikes do, each call after a while. */
function ignoringConditions(
  inner: ObjectStore,
  clock: FakeClock,
  random: SeededRandom,
): Pick<ObjectStore, 'get' | 'put'> {
  const later = () => clock.sleep(random.below(500));
  return {
    get: async (key, options) => {
      await later();
      return inner.get(key, options);
    },
    put: async (key, body, options: PutOptions = {}) => {
      const { condition: _, ...rest } = options;
      await later();
      const answer = await inner.put(key, body, rest);
      await later();
      return answer;
    },
  };
}

test('the first node makes the id, the others find it', async () => {
  const clock = new FakeClock();
  const store = new MemoryStore({ clock });
  const first = await readOrCreateFleetId(store, new SeededRandom(1), { create: true, clock });
  const second = await readOrCreateFleetId(store, new SeededRandom(2), { create: false, clock });
  assert.match(first.fleetId, /^[0-9a-f]{32}$/);
  assert.deepEqual(second, { fleetId: first.fleetId, time: clock.now() });
  assert.equal(clock.pending, 0);
});

test('where none may be made, its absence is an error', async () => {
  await assert.rejects(readOrCreateFleetId(new MemoryStore(), new SeededRandom(1), { create: false }), {
    code: 'fleet-mismatch',
    details: { key: fleetIdKey, missing: true },
  });
});

test('a key that may only read waits until a young fleet is settled, and takes its id', async () => {
  const clock = new FakeClock();
  const store = new MemoryStore({ clock });
  const first = await readOrCreateFleetId(store, new SeededRandom(1), { create: true, clock });
  const reader = readOrCreateFleetId(readOnly(store), new SeededRandom(2), { create: true, clock });
  await clock.advance(5000);
  assert.equal((await reader).fleetId, first.fleetId);
  const later = await readOrCreateFleetId(readOnly(store), new SeededRandom(2), { create: true, clock });
  assert.equal(later.fleetId, first.fleetId);
  assert.equal(clock.pending, 0);
});

test('a key that may only read cannot make a fleet, and says who can', async () => {
  const options = { create: true, clock: new FakeClock() };
  await assert.rejects(
    readOrCreateFleetId(readOnly(new MemoryStore()), new SeededRandom(1), options),
    (error: BucketcastError) => {
      assert.equal(error.code, 'store-refused');
      assert.match(error.message, /no fleet in this bucket.*403/);
      assert.match(error.hint as string, /start a node that may write first/);
      return true;
    },
  );
});

function readOnly(store: ObjectStore): Pick<ObjectStore, 'get' | 'put'> {
  return {
    get: (key, options) => store.get(key, options),
    put: () => Promise.reject(new BucketcastError('store-refused', 'put: the store answered 403')),
  };
}

test('nodes that start at the same time agree, and do not wait where conditions are honoured', async () => {
  const clock = new FakeClock();
  const store = new MemoryStore({ clock });
  const start = (seed: number) => readOrCreateFleetId(store, new SeededRandom(seed), { create: true, clock });
  const found = await Promise.all([1, 2, 3, 4, 5].map(start));
  assert.equal(new Set(found.map(({ fleetId }) => fleetId)).size, 1);
});

test('nodes that start at the same time agree although the store ignores conditions', async () => {
  for (let seed = 1; seed <= 50; seed++) {
    const clock = new FakeClock();
    const random = new SeededRandom(seed);
    const store = ignoringConditions(new MemoryStore({ clock }), clock, random);
    const found = new Set<string>();
    let ended = 0;
    for (let node = 0; node < 4; node++) {
      void clock.sleep(random.below(1500)).then(async () => {
        const { fleetId } = await readOrCreateFleetId(store, random.fork(), { create: true, clock });
        found.add(fleetId);
        ended += 1;
      });
    }
    await clock.until(() => ended === 4);
    assert.equal(found.size, 1, `seed ${seed}`);
  }
});

test('a refusal while the winner is still being written is waited out', async () => {
  const clock = new FakeClock();
  const store = new MemoryStore({ clock });
  clock.after(1200, () => void store.put(fleetIdKey, encodeFleetId(sampleFleet)));
  const busy: Pick<ObjectStore, 'get' | 'put'> = {
    get: (key, options) => store.get(key, options),
    put: () => Promise.resolve({ status: 'conflict', time: clock.now() }),
  };
  let found: string | undefined;
  void readOrCreateFleetId(busy, new SeededRandom(1), { create: true, clock }).then(({ fleetId }) => {
    found = fleetId;
  });
  await clock.until(() => found !== undefined);
  assert.equal(found, sampleFleet);
  assert.ok(clock.monotonic() <= 1500);
  const never = readOrCreateFleetId(
    { ...busy, get: () => Promise.resolve({ status: 'missing', time: 0 }) },
    new SeededRandom(1),
    { create: true, clock },
  );
  const refused = assert.rejects(never, { code: 'store-unavailable' });
  await clock.advance(10_000);
  await refused;
});

test('an id that is damaged, too long or newer is never taken for one', async () => {
  const good = Buffer.from(encodeFleetId(sampleFleet)).toString();
  assert.equal(
    good,
    `bucketcast-fleet 1 ${sampleFleet} ${crc32(good.slice(0, 51)).toString(16).padStart(8, '0')}\n`,
  );
  assert.equal(decodeFleetId(Buffer.from(good)), sampleFleet);
  for (let at = 0; at < good.length; at++) {
    const flipped = Buffer.from(good);
    flipped[at] = (flipped[at] as number) ^ 1;
    assert.throws(() => decodeFleetId(flipped), { code: 'corrupt' });
    assert.throws(() => decodeFleetId(Buffer.from(good.slice(0, at))), { code: 'corrupt' });
  }
  const summed = (text: string) => Buffer.from(`${text} ${crc32(text).toString(16).padStart(8, '0')}\n`);
  assert.throws(() => decodeFleetId(summed('bucketcast-fleet 2 other')), { code: 'newer-format' });
  assert.throws(() => decodeFleetId(summed('bucketcast-fleet 1 other')), { code: 'corrupt' });
  const store = new MemoryStore();
  await store.put(fleetIdKey, new Uint8Array(100_000));
  await assert.rejects(readOrCreateFleetId(store, new SeededRandom(1), { create: true }), {
    code: 'corrupt',
  });
});
