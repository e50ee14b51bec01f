import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatHlc, hlcOf } from '../../src/log/hybrid-clock.ts';
import { cappedHlc, storedAtOf } from '../../src/log/newest-rule.ts';

const storedAt = 1_767_323_000_123;

test('an update that comes out of a snapshot counts as it did there, whether its clock was cut or not', () => {
  for (const aheadMs of [-600_000, 0, 1999, 2000, 2001, 31_536_000_000]) {
    for (const counter of [0n, 1n, 65_535n]) {
      const hlc = formatHlc(hlcOf(storedAt + aheadMs) + counter);
      const stamp = cappedHlc(hlc, storedAt);
      assert.equal(cappedHlc(hlc, storedAtOf(stamp)), stamp, `${aheadMs} ms ahead, counter ${counter}`);
    }
  }
});
