import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkPromises, killAt, live, type Promised } from './promises-kept.ts';
import { Rig } from './publisher-rig.ts';

const options = { publish: { maxSegmentUpdates: 2, segmentsInFlight: 3, lanes: 2, tipIntervalMs: 100 } };
const never = Number.POSITIVE_INFINITY;

/** Two lives that end by force, then a third one that stays. */
async function run(
  first: number,
  second: number,
  carriedOut: boolean,
): Promise<{ first: number; second: number }> {
  const rig = new Rig();
  const promised: Promised = new Map();
  const calls = {
    first: await live(rig, rig.publisher(options), killAt(first, carriedOut), promised),
    second: await live(rig, rig.publisher(options), killAt(second, carriedOut), promised, 100),
  };
  const { publisher } = rig.publisher(options);
  publisher.start();
  await rig.clock.advance(1000);
  await publisher.stop({ timeoutMs: 1000 });
  await checkPromises(rig.bucket, promised, `killed at calls ${first} and ${second}`);
  assert.deepEqual(rig.state.unparkedWriters(), []);
  return calls;
}

for (const carriedOut of [false, true]) {
  test(`a host killed at any two calls of the store loses nothing promised; they ${carriedOut ? 'were' : 'were not'} carried out`, async () => {
    const calls = await run(never, never, carriedOut);
    assert.ok(calls.first >= 12 && calls.second >= 20, JSON.stringify(calls));
    for (let first = 1; first <= calls.first; first += 1) {
      // The second life repeats the first after rolling it forward, so only its beginning is new.
      for (let second = 1; second <= 14; second += 1) await run(first, second, carriedOut);
    }
  });
}

test('a request that is never answered holds up what follows it, and a crash then loses nothing promised', async () => {
  for (let stuck = 1; stuck <= 16; stuck += 1) {
    const rig = new Rig();
    const promised: Promised = new Map();
    await live(rig, rig.publisher(options), ({ number }) => (number === stuck ? 'hang' : 'pass'), promised);
    await live(rig, rig.publisher(options), killAt(never, false), promised, 100);
    await checkPromises(rig.bucket, promised, `no answer to call ${stuck}`);
  }
});
