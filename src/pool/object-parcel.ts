import type { StoreRequest } from '../../metrics/store-requests.ts';
import { KiB } from '../config/units.ts';
import type { ObjectOutcome, ObjectTask } from '../log/object-reader.ts';
import type { PlainError } from './plain-error.ts';

/** One object to read. `id` is what its answer names, and an abort. */
export interface ObjectOrder {
  readonly id: number;
  readonly task: ObjectTask;
}

/** What the main thread tells a worker thread: objects to read, and those that nobody waits for any more. */
export interface ObjectOrders {
  readonly orders: readonly ObjectOrder[];
  readonly aborted: readonly number[];
}

/** What came of one try at an object. */
export type ObjectResult = { readonly id: number } & (
  | { readonly outcome: ObjectOutcome; readonly error?: never }
  | { readonly error: PlainError; readonly outcome?: never }
);

type Fetched = Extract<ObjectOutcome, { readonly status: 'fetched' }>;

/** A small record lies in the parcel's `records`, so many bytes after the one before it. */
type PackedResult =
  | ObjectResult
  | { readonly id: number; readonly packed: Omit<Fetched, 'record'>; readonly length: number };

/**
 * What a worker thread answers, for several objects at once. A message costs as much as reading an object does, and so does
 * every buffer that changes hands: small records travel in one.
 */
export interface ObjectParcel {
  readonly results: readonly PackedResult[];
  /** Small records, one behind the other. */
  readonly records: Uint8Array<ArrayBuffer>;
  /** What was asked of the store, for the main thread to count. */
  readonly requests: readonly StoreRequest[];
  /** The longest that the thread's event loop was late since its last reply, ms. */
  readonly lateMs: number;
}

/** Whoever keeps one small record keeps all of its parcel in memory, so only small ones share. */
const smallBytes = 16 * KiB;

/** The parcel, and the buffers that change hands with it. */
export function packObjects(
  results: readonly ObjectResult[],
  facts: Pick<ObjectParcel, 'requests' | 'lateMs'>,
): { readonly parcel: ObjectParcel; readonly buffers: readonly ArrayBuffer[] } {
  const small = results.flatMap(({ outcome }) => smallRecord(outcome) ?? []);
  const records = new Uint8Array(small.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let at = 0;
  for (const record of small) {
    records.set(record, at);
    at += record.byteLength;
  }
  const packed = results.map(packedResult);
  const buffers = packed.flatMap((result) => ownBuffer(result)?.buffer ?? []);
  return { parcel: { results: packed, records, ...facts }, buffers: [records.buffer, ...buffers] };
}

/** What `packObjects` was given; small records are views of the one buffer. */
export function unpackObjects({ results, records }: ObjectParcel): ObjectResult[] {
  let at = 0;
  return results.map((result) => {
    if (!('packed' in result)) return result;
    const { id, packed, length } = result;
    const record = records.subarray(at, at + length);
    at += length;
    return { id, outcome: { ...packed, record } };
  });
}

function smallRecord(outcome: ObjectOutcome | undefined): Uint8Array | undefined {
  return outcome?.status === 'fetched' && outcome.record.byteLength <= smallBytes
    ? outcome.record
    : undefined;
}

function packedResult(result: ObjectResult): PackedResult {
  const { id, outcome } = result;
  if (outcome?.status === 'fetched') {
    const { record, ...packed } = outcome;
    if (smallRecord(outcome) !== undefined) return { id, packed, length: record.byteLength };
    return { id, outcome: { ...outcome, record: alone(record) } };
  }
  if (outcome?.status === 'corrupt') return { id, outcome: { ...outcome, bytes: alone(outcome.bytes) } };
  return result;
}

function ownBuffer(result: PackedResult): Uint8Array<ArrayBuffer> | undefined {
  if ('packed' in result || result.outcome === undefined) return undefined;
  const { outcome } = result;
  if (outcome.status === 'fetched') return outcome.record as Uint8Array<ArrayBuffer>;
  return outcome.status === 'corrupt' ? (outcome.bytes as Uint8Array<ArrayBuffer>) : undefined;
}

/** Of a view, all that lies behind it would be copied with it. */
function alone(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer, byteLength } = bytes;
  const isAlone = buffer instanceof ArrayBuffer && buffer.byteLength === byteLength;
  return isAlone ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes);
}
