import { isUint8Array } from 'node:util/types';
import { BucketcastError } from '../base/errors.ts';
import type { NewUpdate, Update } from '../base/update.ts';
import { corruptError } from './corrupt.ts';
import { DeliveredUpdate, type RecordPlace, type RecordSource } from './delivered-update.ts';
import { jsonText } from './json-text.ts';
import { segmentKey } from './keys.ts';
import { contentType, field, kindCode, maxUrlBytes, splitRecords } from './record-layout.ts';
import type { DecodedSegment } from './segment.ts';
import type { ShapedValue, ShapeWriter } from './shape-writer.ts';

/** What `publish()` fixes: 32 hex digits, and the hybrid logical clock (64 bits). */
export interface RecordStamp {
  readonly id: string;
  readonly hlc: bigint;
}

/** Memory for a record of `length` bytes, which are all written. */
export type Allocate = (length: number, url: string) => Buffer<ArrayBuffer>;

/**
 * The bytes of one update, laid out as in `record-layout.ts`. Throws `invalid-update` with the path of what
 * cannot be published; a caller that passes no TypeScript check is checked here. Unless told otherwise, the record has
 * its memory to itself, and can be moved to another thread. With `shapes`, content that it takes is written by its shape.
 */
export function encodeRecord(
  update: NewUpdate,
  stamp: RecordStamp,
  allocate: Allocate = (length) => Buffer.allocUnsafeSlow(length),
  shapes?: ShapeWriter,
): Uint8Array<ArrayBuffer> {
  if (!/^[0-9a-f]{32}$/.test(stamp.id))
    throw new RangeError(`expected an id of 32 hex digits, got ${stamp.id}`);
  const kind = checkedKind(update);
  const { url } = update;
  const urlLength = checkedUrl(url);
  const data = isNone(update.data) ? '' : jsonText(update.data, 'data');
  const dataLength = Buffer.byteLength(data);
  const beside = field.url + urlLength + dataLength;
  const { type, content } = checkedContent(update.content, kind, (value) => shapes?.take(value, beside));
  const contentLength = typeof content === 'string' ? Buffer.byteLength(content) : content.length;
  const length = beside + contentLength;
  if (length > 0xffff_ffff) throw invalid('content', `${length} bytes are more than a record can hold`);

  const record = allocate(length, url);
  record.writeUInt32LE(length, field.length);
  record.writeUInt32LE(kindCode[kind] | (type << 8), field.kind);
  record.writeUInt32LE(Number(stamp.hlc & 0xffff_ffffn), field.hlc);
  record.writeUInt32LE(Number(stamp.hlc >> 32n), field.hlc + 4);
  record.write(stamp.id, field.id, 'hex');
  record.writeUInt32LE(urlLength, field.urlLength);
  record.writeUInt32LE(dataLength, field.dataLength);
  record.writeUInt32LE(contentLength, field.contentLength);
  write(record, url, field.url, urlLength);
  write(record, data, field.url + urlLength, dataLength);
  const start = length - contentLength;
  if (typeof content === 'string') write(record, content, start, contentLength);
  else if (content instanceof Uint8Array) record.set(content, start);
  else content.write(record, start);
  return record;
}

/** The update at `index` of a decoded segment; its fields are parsed when they are read. */
export function readUpdate(segment: DecodedSegment, index: number, writer: string): Update {
  return updateReader(segment, writer)(index);
}

/** The same for many of a segment's updates. */
export function updateReader(segment: DecodedSegment, writer: string): (index: number) => Update {
  const { lane, sequence, count } = segment.header;
  const { offsets, storedAt } = segment;
  const source = { bytes: asBuffer(segment.bytes), writer, lane, sequence, storedAt };
  return (index) => {
    const start = offsets[index];
    if (start === undefined || index >= count)
      throw new RangeError(`expected an index below ${count}, got ${index}`);
    return new DeliveredUpdate(source, start, index);
  };
}

/** A record kept on its own, as a dead letter keeps it. Throws `corrupt`. */
export function readRecord(record: Uint8Array, place: RecordPlace & Pick<RecordSource, 'storedAt'>): Update {
  const split = splitRecords(record, 1);
  if (split.fault !== undefined) throw corruptError(segmentKey(place, place.sequence), split.fault);
  return new DeliveredUpdate({ bytes: asBuffer(record), ...place }, 0, place.index);
}

/** The URL of an encoded record. */
export function recordUrl(record: Uint8Array): string {
  return recordUrlBytes(record).toString();
}

/** The same as UTF-8, in the record's memory. */
export function recordUrlBytes(record: Uint8Array): Buffer {
  const bytes = asBuffer(record);
  return bytes.subarray(field.url, field.url + bytes.readUInt32LE(field.urlLength));
}

/** Whether its content is written by its shape. */
export function isShaped(record: Uint8Array): boolean {
  return record[field.contentType] === contentType.shaped;
}

/** The record's hybrid logical clock. */
export function recordHlc(record: Uint8Array): bigint {
  return asBuffer(record).readBigUInt64LE(field.hlc);
}

/** The same record with another hybrid logical clock. */
export function restampRecord(record: Uint8Array, hlc: bigint): Uint8Array<ArrayBuffer> {
  const copy = Uint8Array.from(record);
  new DataView(copy.buffer).setBigUint64(field.hlc, hlc, true);
  return copy;
}

/** The record's id, 32 hex digits. */
export function recordId(record: Uint8Array): string {
  return asBuffer(record).toString('hex', field.id, field.id + 16);
}

/** Text of as many bytes as characters is ASCII, which Latin-1 writes the same, in a third of the time. */
function write(record: Buffer, text: string, at: number, bytes: number): void {
  if (bytes > 0) record.write(text, at, bytes, bytes === text.length ? 'latin1' : 'utf8');
}

function checkedKind(update: NewUpdate): 'put' | 'delete' {
  if (update === null || typeof update !== 'object')
    throw invalid('update', `expected an object, got ${shown(update)}`);
  const kind: unknown = update.kind ?? 'put';
  if (kind === 'put' || kind === 'delete') return kind;
  throw invalid('kind', `expected "put" or "delete", got ${shown(kind)}`);
}

/** Bytes of the URL in UTF-8. */
/** The bytes of its UTF-8. Throws `invalid-update` for what is no URL of an update. */
export function checkedUrl(url: unknown): number {
  if (typeof url !== 'string' || url === '')
    throw invalid('url', `expected a non-empty string, got ${shown(url)}`);
  if (!url.isWellFormed())
    throw invalid('url', `half of a surrogate pair has no UTF-8 form, in ${shown(url)}`);
  const bytes = Buffer.byteLength(url);
  if (bytes > maxUrlBytes) throw invalid('url', `${bytes} bytes of UTF-8 are more than ${maxUrlBytes}`);
  return bytes;
}

function checkedContent(
  content: unknown,
  kind: 'put' | 'delete',
  shape: (value: unknown) => ShapedValue | undefined,
): { type: number; content: string | Uint8Array | ShapedValue } {
  if (isNone(content)) return { type: contentType.none, content: '' };
  if (kind === 'delete') throw invalid('content', `a delete carries none, got ${shown(content)}`);
  if (isUint8Array(content)) return { type: contentType.bytes, content };
  const shaped = shape(content);
  if (shaped !== undefined) return { type: contentType.shaped, content: shaped };
  return { type: contentType.json, content: jsonText(content, 'content') };
}

function isNone(value: unknown): boolean {
  return value === undefined || value === null;
}

function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  return value === null || typeof value !== 'object'
    ? String(value)
    : `an ${Array.isArray(value) ? 'array' : 'object'}`;
}

function invalid(path: string, message: string): BucketcastError {
  return new BucketcastError('invalid-update', `${path}: ${message}`, { details: { path } });
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
