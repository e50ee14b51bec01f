import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatHlc, HybridClock, hlcTime } from '../../src/log/hybrid-clock.ts';
import { SeededRandom } from '../support/seeded-random.ts';

const start = 1_767_323_045_678;

/** A wall clock and a monotonic one that are set by hand. */
function handSet(wall = start) {
  const hands = { wall, monotonic: 0 };
  const clock = new HybridClock({ now: () => hands.wall, monotonic: () => hands.monotonic });
  return { hands, clock };
}

test('every tick is greater than all before and all observed, whatever the clocks do', () => {
  const random = new SeededRandom(2);
  const { hands, clock } = handSet();
  let last = 0n;
  for (let i = 0; i < 20_000; i++) {
    const choice = random.below(6);
    if (choice === 0) hands.wall += random.below(7_200_000) - 3_600_000;
    if (choice === 1) hands.monotonic += random.below(1000);
    if (choice === 2) clock.observeStoreTime(start + random.below(10_000));
    if (choice === 3) clock.observe(last + BigInt(random.below(1 << 20)));
    const stamp = clock.tick();
    assert.ok(stamp > last);
    last = stamp;
  }
});

test('the wall clock is what counts while it is sane', () => {
  const { hands, clock } = handSet();
  clock.observeStoreTime(start);
  assert.equal(hlcTime(clock.tick()), start);
  hands.wall += 5;
  hands.monotonic += 5;
  assert.equal(hlcTime(clock.tick()), start + 5);
});

test('a wall clock that is an hour ahead gives at most the time of the store and a second', () => {
  const { hands, clock } = handSet(start + 3_600_000);
  clock.observeStoreTime(start);
  assert.equal(hlcTime(clock.tick()), start + 1000);
  hands.monotonic += 250;
  assert.equal(hlcTime(clock.tick()), start + 1250);
  clock.observeStoreTime(start + 200);
  assert.equal(hlcTime(clock.tick()), start + 1250);
});

test('what is published after an update was seen is newer than it, although the own clock is behind', () => {
  const { clock } = handSet(start - 3_600_000);
  clock.observeStoreTime(start);
  const seen = (BigInt(start) << 16n) + 7n;
  clock.observe(seen);
  assert.equal(clock.tick(), seen + 1n);
});

test('an update from the far future pulls the clock up only to the cap', () => {
  const { hands, clock } = handSet();
  clock.observeStoreTime(start);
  clock.observe(0xffff_ffff_ffff_ffffn);
  assert.equal(hlcTime(clock.tick()), start + 1000);
  const unheard = handSet();
  unheard.clock.observe(0xffff_ffff_ffff_ffffn);
  assert.equal(hlcTime(unheard.clock.tick()), hands.wall);
});

test('a burst in one millisecond carries over into the next', () => {
  const { clock } = handSet();
  let last = 0n;
  for (let i = 0; i < 70_000; i++) last = clock.tick();
  assert.equal(hlcTime(last), start + 1);
});

test('stamps compare as strings like the numbers', () => {
  const stamps = [0n, 1n, 0xffffn, 1n << 16n, BigInt(start) << 16n, 0xffff_ffff_ffff_ffffn];
  const texts = stamps.map(formatHlc);
  assert.deepEqual(texts.toSorted(), texts);
  assert.ok(texts.every((text) => /^[0-9a-f]{16}$/.test(text)));
  assert.throws(() => formatHlc(-1n), RangeError);
  assert.throws(() => formatHlc(1n << 64n), RangeError);
});
