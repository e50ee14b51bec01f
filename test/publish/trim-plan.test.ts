import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startWalk, walkOn } from '../../src/publish/trim-plan.ts';

const age = { time: 10_000, maxAgeMs: 1000 };
const walk = (from: number, ...times: (number | undefined)[]) =>
  times.reduce((state, time) => walkOn(state, time, age), startWalk(from));

test('old segments may go, up to the first young one', () => {
  assert.deepEqual(walk(3, 8000, 9000, 9001, 8000), { at: 5, oldest: 5, dueAt: 10_001 });
});

test('a segment that is gone is passed only if an old one follows', () => {
  assert.equal(walk(0, 8000, undefined, undefined).oldest, 1);
  assert.equal(walk(0, 8000, undefined, 8000).oldest, 3);
  assert.equal(walk(0, undefined, 9500).oldest, 0);
});
