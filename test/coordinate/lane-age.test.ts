import assert from 'node:assert/strict';
import { test } from 'node:test';
import { latestTime, type Mark, passed, rose } from '../../src/coordinate/lane-age.ts';

/** `<next>@<time>` for each rise. */
function marks(...rises: readonly (readonly [number, number])[]): readonly Mark[] {
  return rises.reduce<readonly Mark[]>((all, [next, at]) => rose(all, next, at), []);
}

test('a segment is at least as old as the first tip that reached past it', () => {
  const known = marks([3, 100], [5, 200]);
  assert.equal(latestTime(known, 0, undefined), 100);
  assert.equal(latestTime(known, 2, undefined), 100);
  assert.equal(latestTime(known, 3, undefined), 200);
  assert.equal(latestTime(known, 5, undefined), undefined, 'nothing is known of what no tip has reached');
});

test('a tip that reaches no further says nothing new', () => {
  assert.deepEqual(rose(marks([3, 100]), 3, 900), marks([3, 100]));
});

test('many rises are kept in little room, and what is oldest is still known exactly', () => {
  const known = marks(...Array.from({ length: 100 }, (_, at) => [at + 1, 1000 + at] as const));
  assert.ok(known.length <= 8);
  assert.equal(latestTime(known, 0, undefined), 1000);
  assert.equal(latestTime(known, 99, undefined), 1099);
  for (let at = 0; at < 100; at += 1)
    assert.ok((latestTime(known, at, undefined) as number) >= 1000 + at, 'never older than it can be');
});

test('what is passed is forgotten, but for the mark that tells what is new after it', () => {
  const known = marks([3, 100], [5, 200]);
  assert.deepEqual(passed(known, 2), known);
  assert.deepEqual(passed(known, 3), known.slice(1));
  assert.deepEqual(passed(known, 5), known.slice(1));
  assert.deepEqual(rose(passed(known, 5), 7, 300).at(-1), { from: 5, next: 7, at: 300 });
});

test('within a backlog of which updates were taken, the rest lies in proportion up to its tip', () => {
  const known = marks([101, 11_000]);
  assert.equal(latestTime(known, 1, { sequence: 0, time: 1000 }), 1100);
  assert.equal(latestTime(known, 51, { sequence: 50, time: 6000 }), 6100);
  assert.equal(latestTime(known, 100, { sequence: 99, time: 10_500 }), 11_000);
});

test('what was heard of after the last update taken is no older than its own tip', () => {
  const known = marks([5, 1000], [7, 90_000]);
  assert.equal(latestTime(known, 5, { sequence: 4, time: 900 }), 90_000);
});
