import assert from 'node:assert/strict';
import { test } from 'node:test';
import { laneOf } from '../../src/publish/lane-of.ts';

test('a URL has one lane, as text and as UTF-8', () => {
  for (const url of ['u', 'https://example.org/日本', 'headlines_update']) {
    for (const lanes of [1, 4, 7, 16]) {
      const lane = laneOf(url, lanes);
      assert.equal(laneOf(Buffer.from(url), lanes), lane);
      assert.ok(lane >= 0 && lane < lanes);
    }
  }
});

test('URLs that differ in their last digits only are spread evenly', () => {
  for (const lanes of [2, 4, 7, 16]) {
    const counts = Array.from({ length: lanes }, () => 0);
    for (let n = 0; n < 10_000; n += 1) counts[laneOf(`https://example.org/feeds/${n}`, lanes)]! += 1;
    for (const count of counts)
      assert.ok(Math.abs(count * lanes - 10_000) < 1000, `${lanes}: ${counts.join()}`);
  }
});
