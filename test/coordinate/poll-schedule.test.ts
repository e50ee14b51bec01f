import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  afterFailure,
  afterHint,
  afterPoll,
  newSchedule,
  type PollSchedule,
} from '../../src/coordinate/poll-schedule.ts';
import { SeededRandom } from '../support/seeded-random.ts';

const poll = { minMs: 500, maxMs: 10_000, growth: 1.5, hintsPerSecond: 2 };
const retry = { baseMs: 100, capMs: 20_000 };

function context(now: number, random = new SeededRandom(now)) {
  return { now, random, poll, retry };
}

/** Polls that end at once, until `end`; hints every `hintEveryMs`. Returns when they were. */
function run(end: number, found: (at: number) => boolean, hintEveryMs = Number.POSITIVE_INFINITY): number[] {
  const polls: number[] = [];
  let schedule: PollSchedule = newSchedule(context(0));
  let hintAt = hintEveryMs;
  for (;;) {
    const now = Math.min(schedule.pollAt, hintAt);
    if (now > end) return polls;
    if (hintAt <= schedule.pollAt) {
      schedule = afterHint(schedule, context(now));
      hintAt += hintEveryMs;
    } else {
      polls.push(now);
      schedule = afterPoll(schedule, found(now), context(now));
    }
  }
}

test('the first poll is at once', () => {
  assert.equal(newSchedule(context(7)).pollAt, 7);
});

test('an idle fleet is polled ever more rarely, up to the ceiling less a fifth', () => {
  const polls = run(200_000, () => false);
  const gaps = polls.slice(1).map((at, index) => at - (polls[index] as number));
  assert.ok((gaps[0] as number) <= 750);
  assert.ok(gaps.slice(10).every((gap) => gap >= 8000 && gap <= 10_000));
  assert.ok(new Set(gaps.slice(10)).size > 5, 'not in step');
});

test('a poll that found something is soon followed by the next', () => {
  const polls = run(60_000, (at) => at >= 30_000);
  const late = polls.filter((at) => at >= 45_000);
  assert.ok(late.every((at, index) => index === 0 || at - (late[index - 1] as number) <= 500));
});

test('a hint after silence polls at once, and a flood of hints costs two polls a second', () => {
  const after = afterHint({ ...newSchedule(context(0)), pollAt: 9000 }, context(5000));
  assert.equal(after.pollAt, 5000);
  const polls = run(60_000, () => false, 10);
  assert.ok(polls.length <= 60 * 2 + 3, `${polls.length} polls`);
  assert.ok(polls.length >= 100, `${polls.length} polls`);
});

test('hints never put a poll off', () => {
  let schedule: PollSchedule = { ...newSchedule(context(0)), pollAt: 100 };
  for (let at = 0; at < 100; at += 1) schedule = afterHint(schedule, context(at));
  assert.ok(schedule.pollAt <= 100);
});

test('failures wait longer and longer, at most the longest interval', () => {
  let schedule = newSchedule(context(0));
  const waits: number[] = [];
  for (let at = 0; at < 40; at += 1) {
    schedule = afterFailure(schedule, context(0, new SeededRandom(at)));
    waits.push(schedule.pollAt);
  }
  assert.ok(waits.every((wait) => wait >= 500 && wait <= 10_000));
  assert.ok((waits[0] as number) <= 600);
  assert.ok(Math.max(...waits) > 8000);
  assert.equal(afterPoll(schedule, false, context(0)).failures, 0);
});
