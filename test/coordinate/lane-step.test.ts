import assert from 'node:assert/strict';
import { test } from 'node:test';
import { takeEntries } from '../../src/coordinate/lane-entries.ts';
import { isCaughtUp, wakeTime, wantedSequences } from '../../src/coordinate/lane-state.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { corrupt, found, Lane, missing, patienceMs } from './lane-rig.ts';

test('segments that arrive out of order are taken in order, and never past a gap', () => {
  const lane = new Lane({ next: 4 });
  lane.get(2, found(2)).get(1, found(1));
  assert.deepEqual(lane.take(), []);
  lane.get(0, found(0));
  assert.deepEqual(lane.take(), ['0.0', '1.0', '2.0']);
  lane.get(3, found(3));
  assert.deepEqual(lane.take(), ['3.0']);
  assert.equal(isCaughtUp(lane.state), true);
});

test('a lane goes on in the middle of a segment', () => {
  const lane = new Lane({ position: 3, index: 2, next: 5 }).get(3, found(3, 4)).get(4, found(4, 2));
  assert.deepEqual(lane.take(1), ['3.2']);
  assert.deepEqual(lane.take(2), ['3.3', '4.0']);
  assert.deepEqual(lane.take(), ['4.1']);
});

test('a tombstone is stepped over in silence', () => {
  const lane = new Lane({ next: 3 }).get(0, found(0, 0)).get(1, found(1)).get(2, found(2, 0));
  const { entries } = takeEntries(lane.state, 10);
  assert.deepEqual(
    entries.map(({ type, after }) => `${type} ${after.sequence}.${after.index}`),
    ['skip 1.0', 'update 2.0', 'skip 3.0'],
  );
});

test('only what lies below next and within the read-ahead is wanted', () => {
  const lane = new Lane({ position: 5, next: 8 });
  assert.deepEqual(wantedSequences(lane.state, 64), [5, 6, 7]);
  assert.deepEqual(wantedSequences(lane.state, 2), [5, 6]);
  lane.tell({ type: 'start', sequence: 5 });
  assert.deepEqual(wantedSequences(lane.state, 2), [6]);
});

test('what is known of a lane only ever rises', () => {
  const lane = new Lane({ next: 8, oldest: 3 }).poll({ next: 2, oldest: 1 });
  assert.deepEqual([lane.state.next, lane.state.oldest], [8, 3]);
});

test('a missing segment is reported only after patience, and a poll that began after the 404', () => {
  const lane = new Lane().get(0, missing);
  assert.equal(lane.took('poll').length, 1);
  assert.equal(wakeTime(lane.state), patienceMs);
  lane.at(patienceMs).get(0, missing);
  assert.deepEqual(lane.take(), [], 'no poll since');
  lane.poll().get(0, missing);
  assert.deepEqual(lane.take(), ['missing 0-1']);
  assert.equal(lane.state.head, 1);
});

test('a poll that began before the 404 tells nothing about it', () => {
  const lane = new Lane();
  lane.now = 50;
  lane.get(0, missing);
  lane.now = 100;
  lane.tell({ type: 'polled', startedAt: 10 });
  lane.at(patienceMs + 60).get(0, missing);
  assert.deepEqual(lane.take(), []);
});

test('a missing segment that turns up within patience is delivered', () => {
  const lane = new Lane({ next: 1 }).get(0, missing);
  lane.now = 500;
  lane.poll();
  assert.deepEqual(wantedSequences(lane.state, 64), [0]);
  lane.get(0, found(0));
  assert.deepEqual(lane.take(), ['0.0']);
});

test('gaps that follow each other wait at the same time', () => {
  const lane = new Lane({ next: 3 }).get(0, missing).get(1, missing).get(2, missing).poll();
  lane.at(patienceMs).get(0, missing);
  assert.deepEqual(lane.take(), ['missing 0-1']);
  lane.get(1, missing);
  assert.deepEqual(lane.take(), ['missing 1-2']);
  lane.get(2, missing);
  assert.deepEqual(lane.take(), ['missing 2-3']);
});

test('a 404 that a raised oldest explains becomes a LIST at once', () => {
  const lane = new Lane().get(0, missing).poll({ next: 10, oldest: 4 });
  assert.deepEqual(lane.took('list'), [{ type: 'list', from: 0, oldest: 4 }]);
  lane.tell({ type: 'listed', from: 0, oldest: 4, found: 2 });
  assert.deepEqual(lane.take(), ['expired 0-2']);
});

test('below oldest a segment that still exists is read', () => {
  const lane = new Lane({ next: 6, oldest: 4 }).get(0, found(0)).get(1, found(1));
  assert.deepEqual(lane.take(), ['0.0', '1.0']);
  assert.deepEqual(lane.took('list'), []);
});

test('a LIST never carries a lane beyond the oldest it was asked for', () => {
  const ends = [
    [undefined, 4],
    [2, 2],
    [4, 4],
    [9, 4],
    [0, 4],
  ] as const;
  for (const [shown, end] of ends) {
    const lane = new Lane({ oldest: 4 }).get(0, missing);
    lane.tell(
      { type: 'reach', reach: { next: 10, oldest: 6 } },
      { type: 'listed', from: 0, oldest: 4, found: shown },
    );
    assert.deepEqual(lane.take(), [`expired 0-${end}`], `the LIST showed ${shown}`);
  }
});

test('what was read ahead is delivered though the LIST no longer shows it', () => {
  const lane = new Lane({ next: 6, oldest: 4 }).get(2, found(2)).get(0, missing);
  lane.tell({ type: 'listed', from: 0, oldest: 4, found: undefined });
  // What a snapshot has of the loss comes between the two.
  assert.deepEqual(lane.take(), ['expired 0-2']);
  assert.deepEqual(lane.take(), ['2.0']);
});

test('a LIST that fails is tried again', () => {
  const lane = new Lane({ oldest: 4 }).get(0, missing).tell({ type: 'list-failed', from: 0 });
  assert.equal(lane.slot(), 'missing');
  lane.at(wakeTime(lane.state) as number);
  assert.equal(lane.took('list').length, 2);
});

test('an empty lane whose segments are all gone is reported up to its end', () => {
  const lane = new Lane({ next: 6, oldest: 6 }).get(0, missing);
  lane.tell({ type: 'listed', from: 0, oldest: 6, found: undefined });
  assert.deepEqual(lane.take(), ['expired 0-6']);
  assert.equal(isCaughtUp(lane.state), true);
});

test('whatever the order of answers, every segment is taken once and in order', () => {
  for (let seed = 0; seed < 300; seed += 1) {
    const random = new SeededRandom(seed);
    const next = 30;
    const gone = new Set(Array.from({ length: 4 }, () => random.below(next)));
    const oldest = random.chance(0.5) ? random.below(next) : 0;
    const lane = new Lane({ next, oldest });
    const taken: number[] = [];
    const lost: number[] = [];
    for (let step = 0; step < 3000 && !isCaughtUp(lane.state); step += 1) {
      lane.now += random.below(5000);
      lane.tell({ type: 'timer' });
      if (random.chance(0.3)) lane.poll();
      const wanted = wantedSequences(lane.state, 8);
      if (wanted.length > 0) lane.tell({ type: 'start', sequence: random.pick(wanted) });
      const asked = [...lane.state.slots]
        .filter(([, { state }]) => state === 'fetching')
        .map(([sequence]) => sequence);
      if (asked.length > 0 && random.chance(0.7)) {
        const sequence = random.pick(asked);
        const outcome = gone.has(sequence)
          ? missing
          : random.chance(0.2)
            ? corrupt
            : found(sequence, random.below(3));
        const failed = random.chance(0.2);
        lane.tell(failed ? { type: 'failed', sequence } : { type: 'outcome', sequence, outcome });
      }
      if (lane.slot() === 'listing') {
        const shown = Array.from({ length: next }, (_, at) => at).find(
          (at) => at > lane.state.head && !gone.has(at),
        );
        lane.tell({ type: 'listed', from: lane.state.head, oldest: lane.state.oldest, found: shown });
      }
      const { state, entries } = takeEntries(lane.state, 1 + random.below(4));
      lane.state = state;
      lane.tell({ type: 'arrived' });
      for (const entry of entries) {
        if (entry.type === 'lost') for (let at = entry.loss.from; at < entry.loss.to; at += 1) lost.push(at);
        else if (entry.type === 'skip' || entry.after.index === 0) taken.push(entry.after.sequence - 1);
      }
    }
    assert.equal(isCaughtUp(lane.state), true, `seed ${seed} got through`);
    assert.deepEqual([...taken].sort(byNumber), taken, `seed ${seed} kept the order`);
    assert.deepEqual(
      [...taken, ...lost].sort(byNumber),
      Array.from({ length: next }, (_, at) => at),
      `seed ${seed}`,
    );
    assert.ok(
      [...gone].every((sequence) => lost.includes(sequence)),
      `seed ${seed} reported every gap`,
    );
  }
});

function byNumber(a: number, b: number): number {
  return a - b;
}
