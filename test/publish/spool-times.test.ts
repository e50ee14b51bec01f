import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hlcTime } from '../../src/log/hybrid-clock.ts';
import { recordHlc, recordId } from '../../src/log/record.ts';
import { UpdateEncoder } from '../../src/publish/update-encoder.ts';
import { SeededRandom } from '../support/seeded-random.ts';

const hour = 3_600_000;
const storeTime = Date.UTC(2026, 0, 1);

function encoderWith(hands: { wall: number; monotonic: number }): UpdateEncoder {
  const clock = { now: () => hands.wall, monotonic: () => hands.monotonic };
  return new UpdateEncoder(
    { maxUpdateBytes: 1024, lanes: 1, values: 'shaped' },
    { clock, random: new SeededRandom(1) },
  );
}

test('a clock that led before the store was heard wins no URL for ever, and the order stays', () => {
  const hands = { wall: storeTime + 10 * 365 * 24 * hour, monotonic: 0 };
  const encoder = encoderWith(hands);
  const before = [0, 1, 2].map((data) => encoder.encode({ url: 'u', data }));
  encoder.observeStoreTime(storeTime);
  const between = encoder.encode({ url: 'u', data: 3 });
  hands.monotonic = 5000;
  const out = [...before, between].map(({ record }) => encoder.dated(record));
  const later = encoder.encode({ url: 'u', data: 4 });
  const stamps = [...out, encoder.dated(later.record)].map(recordHlc);
  assert.deepEqual(
    stamps,
    stamps.toSorted((a, b) => (a < b ? -1 : 1)),
  );
  assert.equal(new Set(stamps).size, 5);
  for (const stamp of stamps) assert.ok(hlcTime(stamp) <= storeTime + 6000);
  assert.deepEqual(
    out.map(recordId),
    [...before, between].map(({ id }) => id),
  );
});

test('a clock that is right, or late, or leads by little is taken as it is', () => {
  for (const lead of [0, -hour, 5000]) {
    const hands = { wall: storeTime + lead, monotonic: 0 };
    const encoder = encoderWith(hands);
    const { record } = encoder.encode({ url: 'u' });
    encoder.observeStoreTime(storeTime);
    assert.equal(encoder.dated(record), record);
  }
});

test('what an earlier run stamped wrongly is set right by a later one', () => {
  const { record } = encoderWith({ wall: storeTime + hour, monotonic: 0 }).encode({ url: 'u' });
  const encoder = encoderWith({ wall: storeTime, monotonic: 0 });
  encoder.observeStoreTime(storeTime);
  assert.equal(hlcTime(recordHlc(encoder.dated(record))), storeTime);
});
