import assert from 'node:assert/strict';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { constants, createZstdCompress } from 'node:zlib';
import { isBucketcastError } from '../../src/base/errors.ts';
import type { NewUpdate } from '../../src/base/update.ts';
import { noKeys } from '../../src/log/fleet-keys.ts';
import { segmentKey } from '../../src/log/keys.ts';
import { readUpdate } from '../../src/log/record.ts';
import {
  decodeSegment,
  encodeSegment,
  type SegmentSource,
  segmentOverheadBytes,
} from '../../src/log/segment-codec.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { forgeCompressed, forgeSegment, repair } from './support/forged-segment.ts';
import { randomUpdate } from './support/random-updates.ts';
import {
  sampleKeys,
  sampleRecords,
  sampleTarget,
  sampleTime,
  sampleWriter,
} from './support/sample-segment.ts';

const random = new SeededRandom(4);
const target = sampleTarget();
const sealed = sampleTarget({ keys: sampleKeys });
const updates: NewUpdate[] = [{ url: 'a', content: 'x'.repeat(500) }, { url: 'b' }];

function encode(change: Partial<SegmentSource> = {}) {
  return encodeSegment({
    ...target,
    records: sampleRecords(updates),
    random,
    compressFromBytes: 4096,
    ...change,
  });
}

function reasonOf(stored: Uint8Array, given = target): string {
  try {
    decodeSegment(stored, given);
  } catch (error) {
    assert.ok(isBucketcastError(error, 'corrupt'), String(error));
    assert.equal(error.details.key, given.key);
    return String(error.details.reason);
  }
  throw new Error('it was decoded');
}

test('any updates come back, compressed or not, sealed or not', async () => {
  for (let i = 0; i < 60; i++) {
    const given = Array.from({ length: 1 + random.below(40) }, () => randomUpdate(random));
    const place = sampleTarget({
      lane: random.below(16),
      sequence: random.below(2 ** 40),
      keys: random.pick([noKeys, sampleKeys, { ...sampleKeys, active: 'k2', required: true }]),
    });
    const records = sampleRecords(given);
    const compressFromBytes = random.pick([0, 2000, Number.POSITIVE_INFINITY]);
    const stored = await encodeSegment({ ...place, records, random, compressFromBytes });
    const segment = decodeSegment(stored, place);
    assert.equal(segment.storedBytes, stored.length);
    assert.deepEqual(segment.header, {
      version: 1,
      compressed: segment.header.compressed,
      keyId: place.keys.active,
      tombstone: false,
      lane: place.lane,
      sequence: place.sequence,
      count: given.length,
      firstTime: sampleTime,
      lastTime: sampleTime + given.length - 1,
    });
    for (const [index, record] of records.entries()) {
      const slice = segment.bytes.subarray(segment.offsets[index], segment.offsets[index + 1]);
      assert.deepEqual(slice, Uint8Array.from(record));
      assert.equal(readUpdate(segment, index, place.writer).url, given[index]?.url);
    }
    assert.equal(segment.bytes.buffer.byteLength, segment.bytes.length);
    assert.equal(segment.offsets.buffer.byteLength, segment.offsets.byteLength);
    assert.ok(stored.length <= segment.bytes.length + segmentOverheadBytes);
  }
});

test('what does not get smaller is stored as it is', async () => {
  const noise = sampleRecords([{ url: 'noise', content: random.bytes(5000) }]);
  assert.equal(decodeSegment(await encode({ records: noise }), target).header.compressed, false);
  const text = sampleRecords([{ url: 'text', content: 'x'.repeat(5000) }]);
  assert.equal(decodeSegment(await encode({ records: text }), target).header.compressed, true);
});

test('both arrays can be moved to another thread, and leave the stored bytes alone', async () => {
  for (const place of [target, sealed]) {
    const stored = await encodeSegment({
      ...place,
      records: sampleRecords(updates),
      random,
      compressFromBytes: 0,
    });
    const { bytes, offsets } = decodeSegment(stored, place);
    structuredClone(0, { transfer: [bytes.buffer, offsets.buffer] });
    assert.equal(bytes.length, 0);
    assert.ok(decodeSegment(stored, place).header.count === 2);
  }
});

test('a tombstone has no updates, and nothing else is one', async () => {
  for (const place of [target, sealed]) {
    const stored = await encode({ ...place, records: [], tombstone: true });
    const segment = decodeSegment(stored, place);
    assert.deepEqual([segment.header.tombstone, segment.header.count, segment.bytes.length], [true, 0, 0]);
    assert.throws(() => readUpdate(segment, 0, sampleWriter), RangeError);
  }
  await assert.rejects(encode({ records: [] }), RangeError);
  await assert.rejects(encode({ tombstone: true }), RangeError);
});

test('two sealings of the same updates differ', async () => {
  assert.notDeepEqual(await encode(sealed), await encode(sealed));
  assert.deepEqual(await encode(), await encode());
});

test('a segment that was moved is found out, sealed or not', async () => {
  const other = sampleWriter.replace('web-1', 'web-2');
  for (const place of [target, sealed]) {
    const stored = await encode(place);
    const { keys } = place;
    assert.match(reasonOf(stored, sampleTarget({ keys, writer: other })), /checksum of the header/);
    assert.match(reasonOf(stored, sampleTarget({ keys, sequence: 8 })), /checksum of the header/);
    assert.match(reasonOf(stored, sampleTarget({ keys, lane: 1 })), /checksum of the header/);
    assert.match(reasonOf(stored, sampleTarget({ keys, fleetId: '0'.repeat(32) })), /checksum of the header/);
  }
  const moved = sampleTarget({ sequence: 8 });
  assert.match(reasonOf(repair(await encode(), moved), moved), /says it is number 7/);
  const otherLane = sampleTarget({ lane: 1 });
  assert.match(reasonOf(repair(await encode(), otherLane), otherLane), /says it is of lane 0/);
});

test('a sealed segment cannot be altered or moved even with fitting checksums', async () => {
  const stored = await encode(sealed);
  for (let at = 8; at < stored.length; at++) {
    if (at >= 80 && at < 88) continue;
    const altered = Uint8Array.from(stored);
    altered[at] = (altered[at] as number) ^ (1 << random.below(8));
    assert.throws(
      () => decodeSegment(repair(altered, sealed), sealed),
      (error) => isBucketcastError(error),
      `byte ${at}`,
    );
  }
  const other = sampleTarget({ keys: sampleKeys, writer: sampleWriter.replace('web-1', 'web-2') });
  assert.match(reasonOf(repair(stored, other), other), /the seal does not verify with key "k1"/);
  const sameWriter = { ...sealed, key: segmentKey({ writer: sampleWriter, lane: 0 }, 8) };
  assert.match(reasonOf(repair(stored, sameWriter), sameWriter), /the seal does not verify/);
});

test('an unknown key is not corruption, and names itself', async () => {
  const stored = await encode(sealed);
  assert.throws(() => decodeSegment(stored, target), {
    code: 'unknown-key',
    details: { key: target.key, keyId: 'k1' },
    hint: /encryption\.keys/,
  });
  const otherSecret = { ...sampleKeys, ring: [{ id: 'k1', secret: new Uint8Array(32).fill(7) }] };
  assert.match(reasonOf(stored, sampleTarget({ keys: otherSecret })), /seal does not verify/);
});

test('where sealing is required, nothing in the clear is taken', async () => {
  const required = sampleTarget({ keys: { ...sampleKeys, required: true } });
  assert.match(reasonOf(await encode(), required), /^not sealed/);
  assert.match(reasonOf(await encode({ records: [], tombstone: true }), required), /^not sealed/);
  assert.equal(decodeSegment(await encode(sealed), required).header.count, 2);
});

test('a newer version or an unknown flag blocks only when its checksum holds', async () => {
  const change = async (at: number, value: number) => {
    const stored = await encode();
    stored[at] = value;
    return stored;
  };
  for (const [at, value, version] of [
    [4, 2, 2],
    [5, 1, 257],
    [8, 16, 1],
    [11, 0x80, 1],
  ] as const) {
    const stored = await change(at, value);
    assert.match(reasonOf(stored), /checksum of the header/);
    assert.throws(
      () => decodeSegment(repair(stored, target), target),
      (error) => isBucketcastError(error, 'newer-format') && error.details.version === version,
    );
  }
  assert.match(reasonOf(repair(await change(4, 0), target)), /format version 0/);
});

test('limits are checked before memory is taken', () => {
  const [record] = sampleRecords([{ url: 'big', content: 'x'.repeat(100_000) }]) as [Uint8Array];
  const small = { ...target, maxBytes: 50_000 };
  assert.match(reasonOf(forgeCompressed(record, small), small), /more than read.maxSegmentBytes, 50000/);
  assert.match(reasonOf(forgeSegment(record, target, { count: 0xffff_ffff })), /cannot fit/);
  assert.match(reasonOf(forgeSegment(record, target, { plainLength: 0xffff_ffff })), /plain length/);
  assert.match(
    reasonOf(forgeSegment(record, target, { storedLength: 0xffff_ffff })),
    /bytes follow the header/,
  );
});

test('a compressed body must give exactly its plain length', () => {
  const [record] = sampleRecords([{ url: 'a', content: 'x'.repeat(1000) }]) as [Uint8Array];
  assert.equal(decodeSegment(forgeCompressed(record, target), target).header.count, 1);
  for (const wrong of [-1, 1, 1_000_000 - record.length]) {
    const stored = forgeCompressed(record, target, { plainLength: record.length + wrong });
    assert.match(reasonOf(stored), /does not decompress/);
  }
  const notZstd = forgeSegment(record, target, { compressed: true });
  assert.match(reasonOf(notZstd), /does not decompress/);
  const empty = forgeSegment(new Uint8Array(), target, { compressed: true, plainLength: record.length });
  assert.match(reasonOf(empty), /does not decompress/);
});

test('a frame that wants a large window is refused, however small it is', async () => {
  const [record] = sampleRecords([{ url: 'a', content: 'x'.repeat(500_000) }]) as [Uint8Array];
  const frame = async (windowLog: number) => {
    const stream = createZstdCompress({ params: { [constants.ZSTD_c_windowLog]: windowLog } });
    // In two writes, so that the frame does not know its size and cannot shrink its window to it.
    stream.write(record.subarray(0, 10));
    stream.end(record.subarray(10));
    const body = await buffer(stream);
    return forgeSegment(body, target, { compressed: true, plainLength: record.length });
  };
  assert.equal(decodeSegment(await frame(23), target).header.count, 1);
  assert.match(reasonOf(await frame(24)), /does not decompress/);
  assert.match(reasonOf(await frame(27)), /does not decompress/);
});

test('each wrong field of the header is found', async () => {
  const record = Buffer.concat(sampleRecords(updates));
  const good = { count: 2, lastTime: sampleTime + 1 };
  assert.equal(decodeSegment(forgeSegment(record, target, good), target).header.count, 2);
  const forged = (change: object) => reasonOf(forgeSegment(record, target, { ...good, ...change }));
  assert.match(forged({ count: 0 }), /no records/);
  assert.match(forged({ count: 1 }), /bytes follow the last record/);
  assert.match(forged({ count: 3 }), /record 2: 0 bytes are too few/);
  assert.match(forged({ tombstone: true }), /a tombstone with records/);
  assert.match(forged({ tombstone: true, count: 0, firstTime: 0, lastTime: 0 }), /a tombstone with records/);
  assert.match(forged({ firstTime: sampleTime + 1 }), /the times of the header/);
  assert.match(forged({ lastTime: sampleTime }), /the times of the header/);
  assert.match(forged({ nonce: new Uint8Array(12).fill(1) }), /without a seal/);
  assert.match(
    forged({ keyId: 'K!', nonce: new Uint8Array(12), plainLength: record.length - 16 }),
    /key id is malformed/,
  );
  const stored = await encode();
  const set = (at: number, value: number) => {
    const changed = Uint8Array.from(stored);
    changed[at] = value;
    return changed;
  };
  assert.match(reasonOf(set(0, 0)), /magic/);
  assert.match(reasonOf(set(6, 87)), /checksum of the header/);
  assert.match(reasonOf(set(7, 255)), /header length 65368/);
  assert.match(reasonOf(repair(set(77, 1), target)), /reserved/);
  assert.match(reasonOf(repair(set(40, 0x6b), target)), /without a seal/);
  assert.match(reasonOf(set(stored.length - 1, 0)), /checksum of the body/);
  assert.match(reasonOf(stored.subarray(0, 87)), /too few/);
  assert.match(reasonOf(Buffer.concat([stored, new Uint8Array(1)])), /bytes follow the header/);
  assert.match(reasonOf(new Uint8Array()), /0 bytes are too few/);
});
