import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import type { NewUpdate } from '../../src/base/update.ts';
import { segmentKey } from '../../src/log/keys.ts';
import { encodeRecord, readRecord, recordHlc, recordId, recordUrl } from '../../src/log/record.ts';
import { splitRecords } from '../../src/log/record-layout.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { randomUpdate } from './support/random-updates.ts';
import { sampleTime, sampleWriter } from './support/sample-segment.ts';

const stamp = { id: '00ff'.repeat(8), hlc: (BigInt(sampleTime) << 16n) | 0x002an };
const place = { writer: sampleWriter, lane: 3, sequence: 9, index: 2 };

function roundTrip(update: NewUpdate) {
  return readRecord(encodeRecord(update, stamp), place);
}

test('an update comes back with its envelope', () => {
  const update = roundTrip({ url: 'https://example.org/ü', content: { a: [1] }, data: { status: 'ok' } });
  assert.equal(update.id, stamp.id);
  assert.equal(update.time, sampleTime);
  assert.equal(update.hlc, `${sampleTime.toString(16).padStart(12, '0')}002a`);
  assert.equal(update.server, 'web-1.example');
  assert.deepEqual([update.writer, update.lane, update.sequence, update.index], [sampleWriter, 3, 9, 2]);
  assert.equal(update.kind, 'put');
  assert.equal(update.url, 'https://example.org/ü');
  assert.deepEqual(update.content, { a: [1] });
  assert.deepEqual(update.data, { status: 'ok' });
});

test('any update comes back as it was', () => {
  const random = new SeededRandom(5);
  for (let i = 0; i < 2000; i++) {
    const given = randomUpdate(random);
    const update = roundTrip(given);
    assert.equal(update.url, given.url);
    assert.equal(update.kind, given.kind ?? 'put');
    assert.deepEqual(update.data, asJson(given.data));
    const bytes = given.content instanceof Uint8Array;
    assert.deepEqual(update.content, bytes ? given.content : asJson(given.content));
  }
});

test('what was parsed is kept, and bytes are a copy', () => {
  const record = encodeRecord({ url: 'u', content: new Uint8Array([1, 2]), data: { a: 1 } }, stamp);
  const update = readRecord(record, place);
  const content = update.content as Uint8Array;
  assert.equal(update.content, content);
  assert.equal(update.data, update.data);
  record.fill(0xff, record.length - 2);
  assert.deepEqual(content, new Uint8Array([1, 2]));
  assert.equal(Object.getPrototypeOf(content), Uint8Array.prototype);
  assert.equal(content.buffer.byteLength, 2);
});

test('nothing of an update is null, and a delete carries none', () => {
  for (const update of [
    roundTrip({ url: 'u' }),
    roundTrip({ url: 'u', content: null, data: null, kind: 'delete' }),
  ]) {
    assert.equal(update.content, null);
    assert.equal(update.data, null);
  }
  assert.equal(roundTrip({ url: 'u', kind: 'delete' }).kind, 'delete');
  const empty = roundTrip({ url: 'u', content: new Uint8Array() }).content;
  assert.deepEqual(empty, new Uint8Array());
});

test('an update can be printed, inspected and turned into a plain object', () => {
  const update = roundTrip({ url: 'u', content: { a: 1 } });
  assert.deepEqual(JSON.parse(JSON.stringify(update)), {
    id: stamp.id,
    url: 'u',
    content: { a: 1 },
    data: null,
    server: 'web-1.example',
    time: sampleTime,
    kind: 'put',
    hlc: update.hlc,
    writer: sampleWriter,
    lane: 3,
    sequence: 9,
    index: 2,
  });
  assert.match(inspect(update), /content: \{ a: 1 \}/);
  const bytes = JSON.parse(JSON.stringify(roundTrip({ url: 'u', content: Buffer.from('hello') }))) as object;
  assert.deepEqual({ ...bytes, content: 'aGVsbG8=', encoding: 'base64' }, bytes);
});

test('what cannot be published is refused with its path', () => {
  const refused: [unknown, RegExp][] = [
    [{ url: '' }, /^url: expected a non-empty string, got ""$/],
    [{ url: 5 }, /^url: expected a non-empty string, got 5$/],
    [{}, /^url: .*got undefined$/],
    [null, /^update: expected an object, got null$/],
    [{ url: 'x'.repeat(8193) }, /^url: 8193 bytes/],
    [{ url: `${'ü'.repeat(4096)}x` }, /^url: 8193 bytes/],
    [{ url: 'a\udc00b' }, /^url: half of a surrogate pair/],
    [{ url: 'u', kind: 'patch' }, /^kind: expected "put" or "delete", got "patch"$/],
    [{ url: 'u', kind: 'delete', content: 0 }, /^content: a delete carries none, got 0$/],
    [{ url: 'u', kind: 'delete', content: new Uint8Array() }, /^content: a delete carries none/],
    [{ url: 'u', data: new Uint8Array(2) }, /^data: a byte array/],
    [{ url: 'u', data: { n: Number.NaN } }, /^data\.n: NaN is not JSON$/],
    [{ url: 'u', content: [undefined] }, /^content\[0\]: undefined is not JSON$/],
  ];
  for (const [update, message] of refused) {
    assert.throws(() => encodeRecord(update as NewUpdate, stamp), { code: 'invalid-update', message });
  }
  assert.equal(roundTrip({ url: 'x'.repeat(8192) }).url.length, 8192);
  assert.throws(() => encodeRecord({ url: 'u' }, { ...stamp, id: 'short' }), RangeError);
});

test('the fields of a record can be read without the rest', () => {
  const record = encodeRecord({ url: 'https://example.org/日本' }, stamp);
  assert.equal(recordUrl(record), 'https://example.org/日本');
  assert.equal(recordHlc(record), stamp.hlc);
  assert.equal(recordId(record), stamp.id);
});

test('each wrong field of a record is found', () => {
  const good = encodeRecord({ url: 'u', content: 1 }, stamp);
  const wrong = (change: (record: Uint8Array) => void) => {
    const record = Uint8Array.from(good);
    change(record);
    const split = splitRecords(record, 1);
    assert.throws(() => readRecord(record, place), {
      code: 'corrupt',
      message: new RegExp(segmentKey(place, 9)),
    });
    return split.fault;
  };
  const set = (at: number, value: number) => (record: Uint8Array) => record.fill(value, at, at + 1);
  assert.match(wrong(set(0, 200)) ?? '', /claims 200 bytes of 46/);
  assert.match(wrong(set(0, 45)) ?? '', /lengths do not add up/);
  assert.match(wrong(set(4, 2)) ?? '', /unknown kind 2/);
  assert.match(wrong(set(4, 1)) ?? '', /a delete has content/);
  assert.match(wrong(set(5, 3)) ?? '', /content by its shape is too short/);
  assert.match(wrong(set(5, 4)) ?? '', /unknown content type 4/);
  assert.match(wrong(set(5, 0)) ?? '', /content without a type/);
  assert.match(wrong(set(7, 1)) ?? '', /reserved/);
  assert.match(wrong(set(32, 2)) ?? '', /lengths do not add up/);
  assert.match(wrong(set(35, 255)) ?? '', /lengths do not add up/);
  assert.match(wrong(set(44, 0xff)) ?? '', /URL is not UTF-8/);
  assert.match(splitRecords(good, 2).fault ?? '', /cannot fit/);
  assert.match(splitRecords(good, 0).fault ?? '', /46 bytes follow the last record/);
  assert.match(splitRecords(good.subarray(0, 44), 1).fault ?? '', /cannot fit/);
  const noUrl = Uint8Array.from([...good.subarray(0, 44), 0x31, 0x31])
    .fill(0, 32, 33)
    .fill(2, 40, 41);
  assert.match(splitRecords(noUrl, 1).fault ?? '', /URL of 0 bytes/);
});

test('content that is not JSON throws when it is read, and the rest can still be read', () => {
  const record = encodeRecord({ url: 'u', content: [1], data: 7 }, stamp);
  record[record.length - 1] = 0x31;
  const update = readRecord(record, place);
  assert.equal(update.url, 'u');
  assert.equal(update.data, 7);
  assert.throws(() => update.content, { code: 'corrupt', message: /record 2: content is not JSON$/ });
  assert.throws(() => update.content, { code: 'corrupt' });
});

function asJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value ?? null));
}
