import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fifo } from '../../src/base/fifo.ts';

test('what went in first comes out first, however many come and go', () => {
  const line = new Fifo<number>();
  const out: (number | undefined)[] = [];
  let next = 0;
  for (let round = 0; round < 50; round += 1) {
    for (let more = round % 2 === 0 ? 300 : 20; more > 0; more -= 1) line.push(next++);
    for (let fewer = 150; fewer > 0 && line.size > 0; fewer -= 1) {
      assert.equal(line.peek(), out.length);
      out.push(line.shift());
    }
  }
  while (line.size > 0) out.push(line.shift());
  assert.deepEqual(
    out,
    Array.from({ length: next }, (_, at) => at),
  );
  assert.deepEqual([line.shift(), line.peek(), line.size], [undefined, undefined, 0]);
});

test('a long line is no slower for each than a short one', () => {
  const once = (length: number) => {
    const line = new Fifo<number>();
    for (let item = 0; item < length; item += 1) line.push(item);
    const startedAt = performance.now();
    while (line.size > 0) line.shift();
    return (performance.now() - startedAt) / length;
  };
  // The least of several rounds, which another program on this machine does not change.
  const taken = (length: number) => Math.min(...Array.from({ length: 5 }, () => once(length)));
  // Moving all the others each time would make it some thousand times slower.
  assert.ok(taken(300_000) < 50 * Math.max(taken(1000), 0.0005));
});

test('nothing is left after it was cleared', () => {
  const line = new Fifo<string>();
  line.push('a');
  line.clear();
  line.push('b');
  assert.deepEqual([line.size, line.shift(), line.shift()], [1, 'b', undefined]);
});
