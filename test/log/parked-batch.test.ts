import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import { isBucketcastError } from '../../src/base/errors.ts';
import { noKeys } from '../../src/log/fleet-keys.ts';
import { maxNumber } from '../../src/log/keys.ts';
import {
  decodeBatch,
  encodeBatch,
  maxBatchBytes,
  maxBatchEntries,
  type ParkedEntry,
} from '../../src/log/parked-batch.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { sampleFleet, sampleKeys, sampleTime, sampleWriter } from './support/sample-segment.ts';

const batch = 'ba7c4'.padEnd(32, '0');
const open = { fleetId: sampleFleet, keys: noKeys };
const sealed = { fleetId: sampleFleet, keys: sampleKeys };
const entry: ParkedEntry = { writer: sampleWriter, lanes: [{ next: 5, oldest: 2 }], parkedAt: sampleTime };

/** A batch with any second line, and a checksum that fits. */
function crafted(line: string, first = 'bucketcast-batch 1 -'): Uint8Array {
  const text = `${first}\n${line}\n`;
  const sum = crc32(text, crc32(`${sampleFleet}/${batch}/`));
  return Buffer.from(`${text}${sum.toString(16).padStart(8, '0')}\n`);
}

test('entries come back as they were, signed or not', () => {
  const entries = [
    entry,
    { ...entry, lanes: Array.from({ length: 16 }, () => ({ next: maxNumber, oldest: 0 })), emptySince: 0 },
  ];
  for (const fleet of [open, sealed]) {
    assert.deepEqual(decodeBatch(encodeBatch(entries, batch, fleet), batch, fleet), entries);
    assert.deepEqual(decodeBatch(encodeBatch([], batch, fleet), batch, fleet), []);
  }
  assert.deepEqual(decodeBatch(encodeBatch(entries, batch, open), batch, sealed), entries);
});

test('the largest batch fits into what a reader takes', () => {
  const writer = `${'s'.repeat(63)}~${'0'.repeat(16)}~${'0'.repeat(32)}`;
  const lanes = Array.from({ length: 16 }, () => ({ next: maxNumber, oldest: maxNumber }));
  const one = { writer, lanes, parkedAt: maxNumber, emptySince: maxNumber };
  const largest = Array.from({ length: maxBatchEntries }, () => one);
  const bytes = encodeBatch(largest, batch, sealed);
  assert.ok(bytes.length < maxBatchBytes);
  assert.equal(decodeBatch(bytes, batch, sealed).length, maxBatchEntries);
  assert.throws(() => encodeBatch([...largest, entry], batch, open), RangeError);
  assert.throws(() => decodeBatch(new Uint8Array(maxBatchBytes + 1), batch, open), { code: 'corrupt' });
});

test('a batch under another name, of another fleet, altered or cut is corrupt', () => {
  const bytes = encodeBatch([entry], batch, open);
  assert.throws(() => decodeBatch(bytes, '0'.repeat(32), open), { code: 'corrupt' });
  assert.throws(() => decodeBatch(bytes, batch, { ...open, fleetId: '0'.repeat(32) }), { code: 'corrupt' });
  for (let at = 0; at < bytes.length; at++) {
    assert.throws(() => decodeBatch(bytes.subarray(0, at), batch, open), { code: 'corrupt' });
    const flipped = Uint8Array.from(bytes);
    flipped[at] = (flipped[at] as number) ^ 1;
    assert.throws(() => decodeBatch(flipped, batch, open), { code: 'corrupt' });
  }
});

test('whoever lacks the key cannot forge a batch', () => {
  const required = { ...sealed, keys: { ...sampleKeys, required: true } };
  const unsigned = encodeBatch([entry], batch, open);
  assert.throws(() => decodeBatch(unsigned, batch, required), { code: 'corrupt', message: /has no MAC/ });
  const forged = crafted(JSON.stringify({ entries: [] }), `bucketcast-batch 1 k1-${'0'.repeat(32)}`);
  assert.throws(() => decodeBatch(forged, batch, required), { code: 'corrupt', message: /MAC is wrong/ });
  const signed = encodeBatch([entry], batch, sealed);
  assert.throws(() => decodeBatch(signed, batch, open), {
    code: 'unknown-key',
    details: { key: `v1/parked/${batch}`, keyId: 'k1' },
  });
});

test('a newer version says so', () => {
  const newer = crafted('anything\nat all', 'bucketcast-batch 2 new fields');
  assert.throws(
    () => decodeBatch(newer, batch, open),
    (error) => isBucketcastError(error, 'newer-format') && error.details.version === 2,
  );
});

test('each wrong entry is found', () => {
  const written = { writer: sampleWriter, lanes: [[5, 2]], parkedAt: 1 };
  const wrong: unknown[] = [
    null,
    7,
    [],
    {},
    { ...written, writer: 'nobody' },
    { ...written, writer: ['a'] },
    { ...written, lanes: [] },
    { ...written, lanes: Array.from({ length: 17 }, () => [0, 0]) },
    { ...written, lanes: [[2, 5]] },
    { ...written, lanes: [[5]] },
    { ...written, lanes: [[5, 2, 1]] },
    { ...written, lanes: [[0.5, 0]] },
    { ...written, lanes: [[-1, -1]] },
    { ...written, lanes: [[2 ** 53, 0]] },
    { ...written, lanes: ['52'] },
    { ...written, parkedAt: '1' },
    { ...written, parkedAt: -1 },
    { ...written, emptySince: null },
  ];
  for (const one of wrong) {
    assert.throws(() => decodeBatch(crafted(JSON.stringify({ entries: [one] })), batch, open), {
      code: 'corrupt',
    });
  }
  for (const line of ['', '{', 'null', '[]', '{}', '{"entries":{}}', `{"entries":${'['.repeat(100_000)}`]) {
    assert.throws(() => decodeBatch(crafted(line), batch, open), { code: 'corrupt' }, line.slice(0, 20));
  }
  assert.deepEqual(decodeBatch(crafted(JSON.stringify({ entries: [written] })), batch, open).length, 1);
});

test('random bytes are corrupt', () => {
  const random = new SeededRandom(8);
  for (let i = 0; i < 2000; i++) {
    const bytes = random.bytes(random.below(200));
    assert.throws(() => decodeBatch(bytes, batch, open), { code: 'corrupt' });
    const text = crafted(Buffer.from(bytes).toString('latin1'), `bucketcast-batch 1 -`);
    assert.throws(() => decodeBatch(text, batch, open), { code: 'corrupt' });
  }
});
