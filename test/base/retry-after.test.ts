import assert from 'node:assert/strict';
import { test } from 'node:test';
import { retryAfter } from '../../src/base/retry-after.ts';

const NOW = Date.parse('2026-11-22T16:00:00Z');

test('Retry-After is read as seconds and as a date, and never negative', () => {
  assert.equal(retryAfter('2', NOW), 2000);
  assert.equal(retryAfter('0.5', NOW), 500);
  assert.equal(retryAfter('Sun, 22 Nov 2026 16:00:07 GMT', NOW), 7000);
  assert.equal(retryAfter('Sun, 22 Nov 2026 15:00:00 GMT', NOW), 0);
  assert.equal(retryAfter('-5', NOW), 0);
  assert.equal(retryAfter('soon', NOW), undefined);
  assert.equal(retryAfter('', NOW), undefined);
  assert.equal(retryAfter(undefined, NOW), undefined);
});
