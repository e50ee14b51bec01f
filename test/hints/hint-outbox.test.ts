import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HintOutbox } from '../../src/hints/hint-outbox.ts';

function hint(byte: number, length = 1): Uint8Array {
  return new Uint8Array(length).fill(byte);
}

test('where too many hints wait, the oldest go, and say so', () => {
  const outbox = new HintOutbox();
  const dropped = Array.from({ length: 300 }, (_, index) => outbox.push(hint(index % 256, index + 1)));
  assert.equal(dropped.indexOf(1), 256);
  assert.equal(outbox.size, 256);
  assert.equal(outbox.take()[0]?.length, 45);
});

test('few large hints count as much as many small ones', () => {
  const outbox = new HintOutbox();
  const dropped = Array.from({ length: 12 }, (_, index) => outbox.push(hint(index, 2 ** 20)));
  assert.deepEqual(dropped, [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1]);
  assert.equal(outbox.take()[0]?.[0], 4);
});

test('hints leave in their order, and never more at once than a server is to have before it answers', () => {
  const outbox = new HintOutbox();
  for (let index = 0; index < 100; index += 1) outbox.push(hint(index));
  const [first, second] = [outbox.take(), outbox.take()];
  assert.deepEqual([first.length, second.length, outbox.take().length], [64, 36, 0]);
  assert.deepEqual(
    [...first, ...second].map(([byte]) => byte),
    Array.from({ length: 100 }, (_, index) => index),
  );
  for (let index = 0; index < 5; index += 1) outbox.push(hint(index, 600_000));
  assert.deepEqual([outbox.take().length, outbox.take().length, outbox.take().length], [2, 2, 1]);
});
