import assert from 'node:assert/strict';
import { it } from 'node:test';
import { parseIsoTime } from '../../src/base/iso-time.ts';

it('takes ISO 8601 dates and times', () => {
  assert.equal(parseIsoTime('2026-01-31'), Date.UTC(2026, 0, 31));
  assert.equal(parseIsoTime('2026-01-31T12:00Z'), Date.UTC(2026, 0, 31, 12));
  assert.equal(parseIsoTime('2026-01-31T12:00:30.25+02:00'), Date.UTC(2026, 0, 31, 10, 0, 30, 250));
  assert.equal(parseIsoTime('2028-02-29T00:00:00Z'), Date.UTC(2028, 1, 29));
  assert.equal(parseIsoTime('2026-01-31T12:00:00'), new Date(2026, 0, 31, 12).getTime());
});

it('guesses nothing', () => {
  for (const text of [
    '2026-02-30',
    '2026-13-01',
    '2026-01-31 noon',
    '2026-01-31T25:00Z',
    '1700000000',
    'today',
    '',
  ])
    assert.equal(parseIsoTime(text), undefined, text);
});
