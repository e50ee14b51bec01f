import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BatchLimits, decideFlush, emptyHead, grow, headOf } from '../../src/publish/batch.ts';

const limits: BatchLimits = {
  maxSegmentBytes: 100,
  maxSegmentUpdates: 3,
  segmentsInFlight: 2,
  flushIntervalMs: 20,
};
const open = headOf([10], limits);
const closed = headOf([10, 10, 10], limits);
const idle = { head: open, inFlight: 0, lastFlushAt: undefined, now: 1000 };

test('a segment is closed by its count, by its bytes, and by an update that no longer fits', () => {
  assert.deepEqual(headOf([10, 10, 10, 10], limits), { count: 3, bytes: 30, closed: true });
  assert.deepEqual(headOf([60, 40, 10], limits), { count: 2, bytes: 100, closed: true });
  assert.deepEqual(headOf([60, 50], limits), { count: 1, bytes: 60, closed: true });
  assert.deepEqual(headOf([60, 10], limits), { count: 2, bytes: 70, closed: false });
});

test('an update larger than a segment gets one of its own', () => {
  assert.deepEqual(headOf([500, 10], limits), { count: 1, bytes: 500, closed: true });
  assert.deepEqual(headOf([10, 500], limits), { count: 1, bytes: 10, closed: true });
});

test('growing one by one and looking at all at once give the same head', () => {
  const sizes = [30, 30, 50, 10];
  let head = emptyHead;
  for (const size of sizes) head = grow(head, size, limits);
  assert.deepEqual(head, headOf(sizes, limits));
});

test('an idle lane flushes at once, a busy one gathers until an answer comes', () => {
  assert.deepEqual(decideFlush(idle, limits), { do: 'flush' });
  assert.deepEqual(decideFlush({ ...idle, inFlight: 1 }, limits), { do: 'gather' });
  assert.deepEqual(decideFlush({ ...idle, head: emptyHead }, limits), { do: 'gather' });
});

test('a full segment goes beside those in flight, up to the limit', () => {
  assert.deepEqual(decideFlush({ ...idle, head: closed, inFlight: 1 }, limits), { do: 'flush' });
  assert.deepEqual(decideFlush({ ...idle, head: closed, inFlight: 2 }, limits), { do: 'gather' });
});

test('the floor between flushes holds up an open segment, not a full one', () => {
  assert.deepEqual(decideFlush({ ...idle, lastFlushAt: 995 }, limits), { do: 'wait', ms: 15 });
  assert.deepEqual(decideFlush({ ...idle, lastFlushAt: 980 }, limits), { do: 'flush' });
  assert.deepEqual(decideFlush({ ...idle, head: closed, lastFlushAt: 995 }, limits), { do: 'flush' });
});
