import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemRandom } from '../../src/base/random.ts';

test('random bytes come in any number, are never given out twice, and belong to whoever asked', () => {
  const seen = new Set<string>();
  for (let round = 0; round < 2000; round += 1) seen.add(Buffer.from(systemRandom.bytes(16)).toString('hex'));
  assert.equal(seen.size, 2000);
  for (const length of [0, 1, 4095, 4096, 4097, 10_000])
    assert.equal(systemRandom.bytes(length).length, length);
  const mine = systemRandom.bytes(16);
  assert.equal(mine.buffer.byteLength, 16, 'a view of a shared buffer would tell what others get');
});
