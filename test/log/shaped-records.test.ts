import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { NewUpdate } from '../../src/base/update.ts';
import { formatObject } from '../../src/log/object-format.ts';
import { encodeRecord, readRecord, readUpdate } from '../../src/log/record.ts';
import { contentFacts } from '../../src/log/record-body.ts';
import { decodeSegment, encodeSegment } from '../../src/log/segment-codec.ts';
import { ShapeWriter } from '../../src/log/shape-writer.ts';
import {
  countingRandom,
  sampleRecords,
  sampleTarget,
  sampleTime,
  sampleWriter,
} from './support/sample-segment.ts';

const target = sampleTarget();
const stamp = { id: '5'.repeat(32), hlc: BigInt(sampleTime) << 16n };
const entry = (n: number): NewUpdate => ({
  url: `https://example.com/${n}`,
  content: {
    title: `the title of entry number ${n}, which is long enough`,
    tags: ['a', 'b'],
    score: n / 2,
    seen: n > 3,
  },
  data: { n },
});
const entries = Array.from({ length: 10 }, (_, n) => entry(n));

function shapedRecords(): Uint8Array[] {
  const shapes = new ShapeWriter();
  return entries.map((update) => encodeRecord(update, stamp, undefined, shapes));
}

function segmentOf(records: readonly Uint8Array[]): Promise<Uint8Array> {
  return encodeSegment({ ...target, records, random: countingRandom, compressFromBytes: 4096 });
}

it('a segment with values by their shape says so, for versions that do not know them, and gives them back', async () => {
  const stored = await segmentOf(shapedRecords());
  assert.equal((stored[8] as number) & 8, 8);
  const segment = decodeSegment(stored, target);
  for (const [index, { url, content, data }] of entries.entries()) {
    const update = readUpdate(segment, index, sampleWriter);
    assert.deepEqual([update.url, update.content, update.data], [url, content, data]);
  }
});

it('a segment without any is what every version reads', async () => {
  assert.equal(((await segmentOf(sampleRecords(entries)))[8] as number) & 8, 0);
});

it('content by its shape has the digest, the length and the object of the same content as JSON', () => {
  for (const [index, record] of shapedRecords().entries()) {
    const json = encodeRecord(entries[index] as NewUpdate, stamp);
    assert.deepEqual(contentFacts(record), contentFacts(json));
    const facts = { server: 'web-1', writer: sampleWriter };
    assert.deepEqual(formatObject(record, facts), formatObject(json, facts));
  }
});

it('content that is not of its shape is told as corrupt when it is read, and has a digest all the same', () => {
  const record = shapedRecords().at(-1) as Uint8Array<ArrayBuffer>;
  const place = { writer: sampleWriter, lane: 0, sequence: 3, index: 0 };
  record[record.lastIndexOf('{'.charCodeAt(0))] = 0;
  const update = readRecord(record, place);
  assert.equal(update.url, 'https://example.com/9');
  assert.throws(() => update.content, { code: 'corrupt' });
  assert.match(contentFacts(record).digest, /^[0-9a-f]{64}$/);
});
