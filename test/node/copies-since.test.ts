import assert from 'node:assert/strict';
import { it } from 'node:test';
import { copiesSince } from '../../src/node/copies-since.ts';

const hour = 3_600_000;
const day = 24 * hour;
const now = Date.parse('2026-11-22T12:00:00Z');
const week = 7 * day;
const since = (from: string, objectsAgo?: number) =>
  copiesSince(
    { from, createdAt: now },
    objectsAgo === undefined ? undefined : { from, createdAt: now - objectsAgo },
    week,
  );

it('copies that the subscription of the log began too late for are not left out', () => {
  assert.equal(since('latest'), 0, 'both begin now');
  assert.equal(since('latest', -1), 0, 'the log began first');
  assert.equal(since('latest', day), now + hour);
  assert.equal(since('2026-11-20T00:00:00Z', 30 * day), Date.parse('2026-11-20T01:00:00Z'));
});

it('copies older than what logs keep are not left out', () => {
  for (const objectsAgo of [undefined, -1, 30 * day])
    for (const from of ['earliest', '2026-01-01T00:00:00Z'])
      assert.equal(since(from, objectsAgo), now - week + hour);
});
