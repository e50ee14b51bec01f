import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { resultTable, Tally } from '../../examples/demo/tally.ts';

describe("the demonstration's tally", () => {
  const sent = (id: string) =>
    ({ type: 'sent', id, name: 'feed.rss', bytes: 2048, digest: `of ${id}` }) as const;
  const received = (id: string, latencyMs = 5, digest = `of ${id}`) =>
    ({ type: 'received', id, digest, latencyMs }) as const;
  const tally = () => new Tally(['a', 'b', 'c']);

  test('an update has arrived when every other server has it', () => {
    const one = tally();
    assert.equal(one.note('a', sent('x')), undefined);
    assert.equal(one.note('b', received('x', 7)), undefined);
    assert.equal(one.complete, false);
    assert.match(one.note('c', received('x', 9)) ?? '', /^a .*b +7 ms +c +9 ms +2\.0 KB +feed\.rss$/);
    assert.equal(one.complete, true);
  });

  test('a delivery may be reported before its publication', () => {
    const one = tally();
    one.note('b', received('x'));
    one.note('c', received('x'));
    assert.match(one.note('a', sent('x')) ?? '', /^a /);
  });

  test('bytes that changed on the way count as lost', () => {
    const one = tally();
    one.note('a', sent('x'));
    one.note('b', received('x'));
    one.note('c', received('x', 5, 'other bytes'));
    assert.equal(one.complete, false);
    assert.deepEqual(
      one.rows().map((row) => [row.server, row.received, row.lost]),
      [
        ['a', 0, 0],
        ['b', 1, 0],
        ['c', 0, 1],
      ],
    );
  });

  test('a repeat is counted and told of only once', () => {
    const one = tally();
    one.note('a', sent('x'));
    one.note('b', received('x'));
    one.note('c', received('x'));
    assert.equal(one.note('c', received('x')), undefined);
    assert.equal(one.rows()[2]?.repeated, 1);
  });

  test('the table shows each server and all of them', () => {
    const one = tally();
    for (const id of ['x', 'y']) {
      one.note('a', sent(id));
      one.note('b', received(id, id === 'x' ? 10 : 30));
    }
    one.note('c', received('x', 20));
    assert.deepEqual(
      resultTable(one.rows())
        .split('\n')
        .map((line) => line.trim().split(/ {2,}/)),
      [
        ['server', 'sent', 'received', 'lost', 'repeated', 'median', 'p95', 'slowest'],
        ['a', '2', '0 of 0', '0', '0', '–', '–', '–'],
        ['b', '0', '2 of 2', '0', '0', '10 ms', '30 ms', '30 ms'],
        ['c', '0', '1 of 2', '1', '0', '20 ms', '20 ms', '20 ms'],
        ['all', '2', '3 of 4', '1', '0', '20 ms', '30 ms', '30 ms'],
      ],
    );
  });
});
