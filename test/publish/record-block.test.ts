import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RecordBlock } from '../../src/publish/record-block.ts';

test('no two pieces share a byte, whatever their sizes', () => {
  const block = new RecordBlock();
  const pieces = Array.from({ length: 500 }, (_, n) => block.take((n * 37) % 5000).fill(n % 251));
  for (const [n, piece] of pieces.entries()) {
    assert.equal(piece.length, (n * 37) % 5000);
    assert.ok(piece.every((byte) => byte === n % 251));
  }
});

test('a piece that outlives the others holds little besides itself', () => {
  const block = new RecordBlock();
  for (const length of [45, 1000, 4000, 5000, 1 << 20])
    assert.ok(block.take(length).buffer.byteLength <= Math.max(16_384, length));
});
