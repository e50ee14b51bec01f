import assert from 'node:assert/strict';
import { it } from 'node:test';
import { MINUTE, SECOND } from '../../src/config/units.ts';
import type { Waiting } from '../../src/coordinate/waiting.ts';
import { behindText, indexStanding } from '../../src/status/index-standing.ts';

const reading = (lag = 0, lagSeconds = 0, reason: 'caught-up' | 'first-poll' | 'stopped' = 'caught-up') => ({
  lag,
  lagSeconds,
  lagUpdates: { count: 100 * lag, exact: true },
  waiting: { reason, forMs: 0 } satisfies Waiting,
});
type Reading = ReturnType<typeof reading>;
const poll = (agoMs = SECOND, intervalMs = 10 * SECOND) => ({ agoMs, intervalMs });
type Polls = Parameters<typeof indexStanding>[3];
const standing = (readings: readonly Reading[], polls: Polls = [poll()]) =>
  indexStanding({ urls: 5, forgotten: 0 }, 10, readings, polls);

it('an index is current when it has all that a poll has told of not long ago', () => {
  assert.equal(standing([reading()]).current, true);
  assert.equal(standing([reading(3, 59)]).current, true);
  assert.equal(standing([reading(3, 60)]).current, false);
});

it('an index is not current before its first poll, while it does not run, or while the store tells no news', () => {
  assert.equal(standing([]).current, false);
  assert.equal(standing([reading(0, 0, 'first-poll')]).current, false);
  assert.equal(standing([reading(0, 0, 'stopped')]).current, false);
  assert.equal(standing([reading()], [{ ...poll(), agoMs: undefined }]).current, false);
  assert.equal(standing([reading()], [poll(MINUTE)]).current, false);
});

it('polls that are far apart, as hints allow, leave it current', () => {
  assert.equal(standing([reading()], [poll(9 * MINUTE, 5 * MINUTE)]).current, true);
  assert.equal(standing([reading()], [poll(10 * MINUTE, 5 * MINUTE)]).current, false);
});

it('of both layouts each has to be current, and their lag adds up', () => {
  const both = standing([reading(1, 5), reading(2, 70)], [poll(), poll()]);
  assert.deepEqual([both.current, both.lag, both.lagUpdates, both.lagSeconds], [false, 3, 300, 70]);
  assert.match(behindText(both), /about 300 updates behind, the oldest 70 s old/);
  assert.match(behindText(standing([])), /not heard/);
});

it('an index that is being filled from a snapshot says how far that is', () => {
  const loading = { ...standing([]), loading: { urls: 1200, of: 5000 } };
  assert.match(behindText(loading), /filled from a snapshot, 1,200 of 5,000 URLs so far/);
});
