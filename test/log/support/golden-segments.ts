import type { NewUpdate, Update } from '../../../src/base/update.ts';
import { encodeFleetId } from '../../../src/log/fleet-id.ts';
import { noKeys } from '../../../src/log/fleet-keys.ts';
import { type Tip, tipKey } from '../../../src/log/keys.ts';
import { encodeBatch, type ParkedEntry } from '../../../src/log/parked-batch.ts';
import { readUpdate } from '../../../src/log/record.ts';
import type { DecodedSegment } from '../../../src/log/segment.ts';
import { encodeSegment, type SegmentTarget } from '../../../src/log/segment-codec.ts';
import { ShapeWriter } from '../../../src/log/shape-writer.ts';
import { signTip } from '../../../src/log/tip-mac.ts';
import {
  countingRandom,
  sampleFleet,
  sampleKeys,
  sampleRecords,
  sampleTarget,
  sampleTime,
  sampleWriter,
} from './sample-segment.ts';

/**
 * What the files of `test/fixtures/segments` are made of. They hold the format still: code that cannot read
 * them any more cannot read the buckets of its users. `npx node test/fixtures/make-segments.ts` adds files that are
 * missing and never touches one that exists.
 */
export interface GoldenSegment {
  readonly name: string;
  readonly target: SegmentTarget & { readonly maxBytes: number };
  readonly updates: readonly NewUpdate[];
  /** zstd may find better bytes in another version, so these are compared after decoding only. */
  readonly compressed?: boolean;
  /** With content by its shape, once that has come a few times. */
  readonly shaped?: boolean;
}

const feed: NewUpdate = {
  url: 'https://example.org/feed.xml',
  content: { entries: [1, 2.5, -0.001, 1e21], title: 'News', ok: true, none: null },
  data: { status: 'ok' },
};
const many = Array.from({ length: 100 }, (_, index) => ({
  ...feed,
  url: `https://example.org/feeds/${index}.xml`,
}));
const alike = Array.from({ length: 6 }, (_, index) => ({
  url: `https://example.org/entries/${index}`,
  content: {
    'the "title"': `Entry ${index}, whose title says more than it would have to: 例え 👩‍🚀`,
    author: { name: null, id: -1.5e300 + index },
    tags: ['a', 'ü', ''],
    mixed: [1, 'two', [true], {}],
    many: Array.from({ length: 10 }, (__, at) => (at % 2 === 0 ? at : `${at}`)),
    isNew: index > 3,
  },
}));
const sealed = { keys: sampleKeys };

export const goldenSegments: readonly GoldenSegment[] = [
  { name: 'small', target: sampleTarget(), updates: [{ url: 'https://example.org/a', content: 'hello' }] },
  {
    name: 'plain',
    target: sampleTarget({ lane: 1, sequence: 0 }),
    updates: [feed, { url: 'gone', kind: 'delete', data: [0] }],
  },
  { name: 'compressed', target: sampleTarget({ sequence: 36 ** 10 - 1 }), updates: many, compressed: true },
  { name: 'sealed', target: sampleTarget({ ...sealed, lane: 15 }), updates: [feed] },
  {
    name: 'sealed-compressed',
    target: sampleTarget({ keys: { ...sampleKeys, active: 'k2' } }),
    updates: many,
    compressed: true,
  },
  { name: 'tombstone', target: sampleTarget({ sequence: 8 }), updates: [] },
  { name: 'sealed-tombstone', target: sampleTarget({ ...sealed, sequence: 8 }), updates: [] },
  {
    name: 'bytes',
    target: sampleTarget(),
    updates: [
      { url: 'headlines_update', content: Uint8Array.from({ length: 256 }, (_, index) => index) },
      { url: 'empty', content: new Uint8Array() },
    ],
  },
  {
    name: 'unicode',
    target: sampleTarget(),
    updates: [
      {
        url: 'https://例え.jp/ü?q=👩‍🚀',
        content: { ключ: 'значение', '': '\u0000\ud800', __proto__x: '𝄞' },
        data: '\u2028',
      },
      { url: '\u0001', content: JSON.parse('{"__proto__":{"a":1},"constructor":null}') as null },
    ],
  },
  { name: 'shaped', target: sampleTarget({ sequence: 9 }), updates: alike, shaped: true },
];

export function encodeGolden({ target, updates, compressed, shaped }: GoldenSegment): Promise<Uint8Array> {
  return encodeSegment({
    ...target,
    records: sampleRecords(updates, shaped === true ? new ShapeWriter() : undefined),
    tombstone: updates.length === 0,
    random: countingRandom,
    compressFromBytes: compressed === true ? 0 : Number.POSITIVE_INFINITY,
  });
}

/** What a decoded segment says, as JSON. */
export function describeSegment({ header }: DecodedSegment, updates: readonly Update[]): string {
  const { keyId = null, ...rest } = header;
  return `${JSON.stringify({ header: { ...rest, keyId }, updates }, undefined, 2)}\n`;
}

export function updatesOf(segment: DecodedSegment, writer: string): Update[] {
  return Array.from({ length: segment.header.count }, (_, index) => readUpdate(segment, index, writer));
}

const tip: Tip = {
  writer: sampleWriter,
  rev: 12,
  lanes: [
    { next: 1296, oldest: 35 },
    { next: 0, oldest: 0 },
  ],
};
const entries: ParkedEntry[] = [
  { writer: sampleWriter, lanes: tip.lanes, parkedAt: sampleTime },
  {
    writer: sampleWriter.replace('web-1', 'web-2'),
    lanes: [{ next: 7, oldest: 7 }],
    parkedAt: sampleTime,
    emptySince: sampleTime + 1,
  },
];
export const goldenBatch = 'feedbeef'.repeat(4);
export const goldenEntries = entries;
export const goldenTip = tip;
const open = { fleetId: sampleFleet, keys: noKeys };
const signed = { fleetId: sampleFleet, keys: sampleKeys };

/** Small texts of the protocol: file name and what today's code writes. */
export const goldenTexts: Readonly<Record<string, () => string>> = {
  'tip.txt': () => `${tipKey(signTip(tip, open))}\n`,
  'signed-tip.txt': () => `${tipKey(signTip(tip, signed))}\n`,
  'parked.txt': () => Buffer.from(encodeBatch(entries, goldenBatch, open)).toString(),
  'signed-parked.txt': () => Buffer.from(encodeBatch(entries, goldenBatch, signed)).toString(),
  'id.txt': () => Buffer.from(encodeFleetId(sampleFleet)).toString(),
};
