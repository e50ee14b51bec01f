import assert from 'node:assert/strict';
import { it } from 'node:test';
import { isoDate } from '../../src/feeds/feed-date.ts';

it('reads the dates that feeds write, as UTC', () => {
  const same = '2026-01-31T12:00:00.000Z';
  for (const raw of [
    '2026-01-31T12:00:00Z',
    '2026-01-31T13:00:00+01:00',
    ' 2026-01-31 07:00:00-0500 ',
    '2026-01-31T12:00',
    'Sat, 31 Jan 2026 12:00:00 GMT',
    'Sat,  31 Jan 2026 12:00 +0000',
    'Saturday, 31 January 2026 12:00:00 UT',
    '31 Jan 26 07:00:00 EST',
    'Sat, 31 Jan 2026 13:00:00 CET (winter time)',
  ])
    assert.equal(isoDate(raw), same, raw);
  assert.equal(isoDate('2026'), '2026-01-01T00:00:00.000Z');
  assert.equal(isoDate('2026-02'), '2026-02-01T00:00:00.000Z');
  assert.equal(isoDate('1 Feb 1999'), '1999-02-01T00:00:00.000Z');
  assert.equal(isoDate('2026-01-31T12:00:00.123456Z'), '2026-01-31T12:00:00.123Z');
});

it('leaves out what it cannot tell for certain', () => {
  for (const raw of [
    undefined,
    '',
    'yesterday',
    'entry 1',
    '31/01/2026',
    '2026-02-30',
    '2026-13-01',
    '2026-01-30T25:00:00Z',
    '2026-01-31T12:61:00Z',
    '32 Jan 2026',
    'Sat, 31 Jan 2026 12:00:00 XYZ',
    '31 Foo 2026',
    `2026-01-31${' '.repeat(1e6)}x`,
  ])
    assert.equal(isoDate(raw), undefined, String(raw).slice(0, 40));
});
