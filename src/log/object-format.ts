import { isUtf8 } from 'node:buffer';
import { errorMessage } from '../base/error-message.ts';
import { isBucketcastError } from '../base/errors.ts';
import type { JsonValue, NewUpdate } from '../base/update.ts';
import { corruptError } from './corrupt.ts';
import { formatHlc, hlcOf, hlcTime } from './hybrid-clock.ts';
import { maxJsonDepth, parseJsonText } from './json-text.ts';
import { hasMoreValues } from './json-values.ts';
import { parseObjectKey } from './object-keys.ts';
import { believedMark, formatMark, type ObjectMark } from './object-mark.ts';
import { encodeRecord, isShaped, type RecordStamp, recordHlc, recordId } from './record.ts';
import { contentType, field, kindCode } from './record-layout.ts';
import { readShaped } from './shape-reader.ts';

/**
 * The body of an object: JSON that older fleets read and write, with a field more where Bucketcast wrote it.
 *
 *   {
 *     "url": "https://example.com/feed.xml",     any string, 1..8192 bytes of UTF-8
 *     "feed_content": …, "feed_data": …,         any JSON; may be missing
 *     "server_id": "web1",                       may be missing: then the folder's name
 *     "timestamp": 1795361137.619,               seconds since the epoch; may be missing: then LastModified
 *     "bucketcast": { … }                        see `object-mark.ts`
 *   }
 *
 * Further fields are ignored.
 */
export interface ObjectFacts {
  readonly key: string;
  /** 32 hex digits: the version's digest, which is the id of an update that names none. */
  readonly digest: string;
  /** Of the object, and the store's time of the answer, ms since the epoch. */
  readonly lastModified: number;
  readonly time: number;
  /** `objects.prefix`. */
  readonly prefix: string;
}

export interface ParsedObject {
  /** Laid out as in `record-layout.ts`. */
  readonly record: Uint8Array<ArrayBuffer>;
  /** For people; in a body of others', anything. */
  readonly server: string;
  /** Id of the fleet in whose log the same update stands, where a Bucketcast publisher wrote both. */
  readonly copyOf?: string;
  /** Of our mark: the writer of the copy in the log, by which a server knows its own updates. */
  readonly writer?: string;
}

/**
 * Publishers may be a second ahead of the store, and its LastModified is rounded down to seconds. What claims to be later
 * would win over every other server's update of its URL.
 */
const aheadMs = 2000;
const maxServerBytes = 255;
/** What these take in memory is what an object of `objects.maxBytes` takes as text, several times over. */
const maxValues = 2_000_000;

/** Throws `corrupt` with a reason that names the field. */
export function parseObject(body: Uint8Array, facts: ObjectFacts): ParsedObject {
  const object = parsedBody(body, facts.key);
  const { url, feed_content: content = null, feed_data: data = null, bucketcast } = object;
  const mark = believedMark(bucketcast, content);
  const update = { url, content: mark?.bytes ?? content, data, kind: mark?.kind ?? 'put' } as NewUpdate;
  const stamp = { id: mark?.id ?? facts.digest, hlc: stampOf(object['timestamp'], mark, facts) };
  return {
    record: encoded(update, stamp, facts.key),
    server: serverOf(object['server_id'], facts),
    ...(mark?.fleet !== undefined && { copyOf: mark.fleet }),
    ...(mark?.writer !== undefined && { writer: mark.writer }),
  };
}

export interface WrittenFacts {
  readonly server: string;
  /** Which writer put the same update into the log, where that is known. */
  readonly writer?: string;
  /** Id of the fleet in whose log the same update stands. None: in no log. */
  readonly fleetId?: string;
}

/** The body for a record. Its JSON texts are taken over as they are. */
export function formatObject(record: Uint8Array, { server, writer, fleetId }: WrittenFacts): Uint8Array {
  const bytes = Buffer.from(record.buffer, record.byteOffset, record.byteLength);
  const dataAt = field.url + bytes.readUInt32LE(field.urlLength);
  const contentAt = dataAt + bytes.readUInt32LE(field.dataLength);
  const isBytes = bytes[field.contentType] === contentType.bytes;
  const hlc = recordHlc(record);
  const mark = formatMark({
    id: recordId(record),
    hlc: formatHlc(hlc),
    kind: bytes[field.kind] === kindCode.delete ? 'delete' : 'put',
    ...(writer !== undefined && { writer }),
    ...(isBytes && { encoding: 'base64' }),
    ...(fleetId !== undefined && { fleet: fleetId }),
  });
  const content = bytes.subarray(contentAt);
  return Buffer.concat([
    Buffer.from(`{"url":${JSON.stringify(bytes.toString('utf8', field.url, dataAt))},"feed_content":`),
    isBytes ? Buffer.from(`"${content.toString('base64')}"`) : orNull(jsonOf(bytes, contentAt)),
    Buffer.from(',"feed_data":'),
    orNull(bytes.subarray(dataAt, contentAt)),
    Buffer.from(`,"server_id":${JSON.stringify(server)},"timestamp":${hlcTime(hlc) / 1000}`),
    Buffer.from(`,"bucketcast":${mark}}`),
  ]);
}

/** The content of a record that is not bytes, as JSON text. */
function jsonOf(record: Buffer, contentAt: number): Buffer {
  if (!isShaped(record)) return record.subarray(contentAt);
  return Buffer.from(JSON.stringify(readShaped(record, contentAt, record.length)));
}

type Body = Readonly<Record<string, JsonValue | undefined>>;

function parsedBody(body: Uint8Array, key: string): Body {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  if (bytes.length === 0) throw corruptError(key, 'the body is empty');
  if (!isUtf8(bytes)) throw corruptError(key, 'the body is not UTF-8');
  if (hasMoreValues(bytes, maxValues)) throw corruptError(key, `the body has more than ${maxValues} values`);
  const hasMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  let value: JsonValue;
  try {
    // Content that is as deep as it may be stands one level deeper here.
    value = parseJsonText(bytes.toString('utf8', hasMark ? 3 : 0), maxJsonDepth + 1);
  } catch (error) {
    throw corruptError(key, `the body is no JSON that can be read: ${errorMessage(error)}`, error);
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    const found = Array.isArray(value) ? 'an array' : value === null ? 'null' : `a ${typeof value}`;
    throw corruptError(key, `the body: expected a JSON object, got ${found}`);
  }
  return value as Body;
}

function encoded(update: NewUpdate, stamp: RecordStamp, key: string): Uint8Array<ArrayBuffer> {
  try {
    // Not on its own: what goes to another thread is packed with others.
    return encodeRecord(update, stamp, (length) => Buffer.allocUnsafe(length));
  } catch (error) {
    if (!isBucketcastError(error, 'invalid-update')) throw error;
    throw corruptError(key, error.message.replace(/^(?=content|data)/, 'feed_'), error);
  }
}

/** Of our mark, else of the timestamp; never later than the object itself. */
function stampOf(timestamp: unknown, mark: ObjectMark | undefined, facts: ObjectFacts): bigint {
  const { lastModified, time } = facts;
  const written = Math.min(lastModified, time);
  const claimed = mark ? BigInt(`0x${mark.hlc}`) : hlcOf(millisecondsOf(timestamp) ?? written);
  const latest = hlcOf(written + aheadMs);
  return claimed < latest ? claimed : latest;
}

function millisecondsOf(timestamp: unknown): number | undefined {
  if (typeof timestamp !== 'number' || !(timestamp > 0)) return undefined;
  return Math.min(Math.round(timestamp * 1000), Number.MAX_SAFE_INTEGER);
}

function serverOf(server: unknown, { key, prefix }: ObjectFacts): string {
  if (typeof server === 'string' && isShowable(server)) return server;
  return parseObjectKey(prefix, key)?.server ?? '';
}

/** It goes to terminals, logs and tables. */
function isShowable(name: string): boolean {
  return name !== '' && Buffer.byteLength(name) <= maxServerBytes && !/\p{C}/u.test(name);
}

function orNull(json: Buffer): Buffer {
  return json.length === 0 ? Buffer.from('null') : json;
}
