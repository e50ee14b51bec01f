import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byFirstByte } from '../../src/objects/by-first-byte.ts';
import { SeededRandom } from '../support/seeded-random.ts';

test('digests of several pages are all there, in the order of their first bytes', () => {
  const random = new SeededRandom(3);
  const pages = [5, 0, 300, 1].map((count) => random.bytes(16 * count));
  const ordered = byFirstByte(pages);
  const split = (bytes: Uint8Array) =>
    Array.from({ length: bytes.length / 16 }, (_, index) =>
      Buffer.from(bytes.subarray(16 * index, 16 * index + 16)).toString('hex'),
    );
  const firsts = split(ordered).map((digest) => digest.slice(0, 2));
  assert.deepEqual(firsts, [...firsts].sort());
  assert.deepEqual(split(ordered).sort(), pages.flatMap(split).sort());
});
