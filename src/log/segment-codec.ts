import type { Random } from '../base/random.ts';
import { compressBody, decompressBody } from './body-compression.ts';
import { corruptError } from './corrupt.ts';
import type { FleetKey, FleetKeys } from './fleet-keys.ts';
import { hlcTime } from './hybrid-clock.ts';
import { sealedName } from './keys.ts';
import { isShaped, recordHlc } from './record.ts';
import { splitRecords } from './record-layout.ts';
import { associatedData, nonceBytes, openBody, sealBody, tagBytes } from './seal.ts';
import type { DecodedSegment } from './segment.ts';
import {
  finishHeader,
  headerBytes,
  readHeader,
  type SegmentPlace,
  type StoredHeader,
  sealedHeaderBytes,
  startHeader,
} from './segment-header.ts';
import { activeKey, keyOfRing, subkey } from './subkey.ts';

/** `key` is the segment's full key, that of `writer`, `lane` and `sequence`. */
export interface SegmentTarget extends SegmentPlace {
  readonly writer: string;
  readonly keys: FleetKeys;
}

export interface SegmentSource extends SegmentTarget {
  /** From `encodeRecord`, in order; none for a tombstone. */
  readonly records: readonly Uint8Array[];
  /** Marks a number whose updates the store definitely refused. */
  readonly tombstone?: boolean;
  readonly random: Pick<Random, 'bytes'>;
  /** Size of the records from which they are compressed; below it nothing leaves this thread. */
  readonly compressFromBytes: number;
}

/**
 * The bytes of a segment: header, then the records, compressed when that makes them smaller, sealed when the fleet
 * has an active key. Two calls give different bytes (the nonce): a retry must send the same ones again.
 */
export async function encodeSegment(source: SegmentSource): Promise<Uint8Array<ArrayBuffer>> {
  const tombstone = source.tombstone ?? false;
  if (tombstone !== (source.records.length === 0))
    throw new RangeError('a tombstone, and only it, has no records');
  const plain = joined(source.records);
  const packed = plain.length >= source.compressFromBytes && !tombstone ? await compressBody(plain) : plain;
  const compressed = packed.length < plain.length;
  const body = compressed ? packed : plain;
  const key = activeKey(source.keys);
  const header = startHeader({
    version: 1,
    compressed,
    keyId: key?.id,
    tombstone,
    shaped: source.records.some(isShaped),
    lane: source.lane,
    sequence: source.sequence,
    count: source.records.length,
    firstTime: timeOf(source.records[0]),
    lastTime: timeOf(source.records.at(-1)),
    nonce: key === undefined ? new Uint8Array(nonceBytes) : source.random.bytes(nonceBytes),
    plainLength: plain.length,
    storedLength: body.length + (key === undefined ? 0 : tagBytes),
  });
  const stored = key === undefined ? body : sealBody(body, sealContext(header, key, source));
  finishHeader(header, stored, source);
  const segment = new Uint8Array(headerBytes + stored.length);
  segment.set(header);
  segment.set(stored, headerBytes);
  return segment;
}

/** What a stored segment can have more than its records: a GET may be bounded by `maxBytes` + this. */
export const segmentOverheadBytes = headerBytes + tagBytes;

/** `maxBytes`: largest size, decompressed, that is taken into memory. */
export interface SegmentLimits {
  readonly maxBytes: number;
}

/**
 * Checks, opens, decompresses and splits a stored segment. Synchronous: it runs in worker threads. Throws
 *
 * - `corrupt` (`details.reason`) for bytes that no writer produces, and for what is not sealed while
 *   `keys.required`: such a segment may be forged, so the lane must not wait for it;
 * - `unknown-key` (`details.keyId`) and `newer-format` (`details.version`): sound, but not for this node yet.
 */
export function decodeSegment(stored: Uint8Array, target: SegmentTarget & SegmentLimits): DecodedSegment {
  const header = readHeader(stored, target);
  if (header.plainLength > target.maxBytes) {
    throw corruptError(
      target.key,
      `${header.plainLength} bytes are more than read.maxSegmentBytes, ${target.maxBytes}`,
    );
  }
  const opened = open(stored, header, target);
  const plain = header.compressed ? decompressBody(opened, header.plainLength) : opened;
  if (plain === undefined) throw corruptError(target.key, 'the body does not decompress to its plain length');
  const bytes = ownBuffer(plain);
  const split = splitRecords(bytes, header.count);
  if (split.fault !== undefined) throw corruptError(target.key, split.fault);
  checkTimes(bytes, split.offsets, header, target.key);
  const { nonce: _, plainLength: __, storedLength: ___, shaped: ____, ...rest } = header;
  return { header: rest, bytes, offsets: split.offsets, storedBytes: stored.length };
}

function open(stored: Uint8Array, header: StoredHeader, target: SegmentTarget): Uint8Array {
  const body = stored.subarray(headerBytes);
  if (header.keyId === undefined) {
    if (target.keys.required) throw corruptError(target.key, 'not sealed, and encryption.required is set');
    return body;
  }
  const key = keyOfRing(target.keys, header.keyId, target.key);
  const opened = openBody(body, sealContext(stored, key, target));
  if (opened === undefined)
    throw corruptError(target.key, `the seal does not verify with key "${header.keyId}"`);
  return opened;
}

function sealContext(header: Uint8Array, key: FleetKey, { fleetId, writer, key: name }: SegmentTarget) {
  return {
    key: subkey(key, fleetId, `segment ${writer}`),
    nonce: header.subarray(56, 56 + nonceBytes),
    associated: associatedData(fleetId, sealedName(name), header.subarray(0, sealedHeaderBytes)),
  };
}

function checkTimes(bytes: Uint8Array, offsets: Uint32Array, header: StoredHeader, key: string): void {
  if (header.count === 0) return;
  const first = timeOf(bytes.subarray(offsets[0]));
  const last = timeOf(bytes.subarray(offsets[header.count - 1]));
  if (first !== header.firstTime || last !== header.lastTime) {
    throw corruptError(key, 'the times of the header are not those of the records');
  }
}

function timeOf(record: Uint8Array | undefined): number {
  return record === undefined ? 0 : hlcTime(recordHlc(record));
}

function joined(records: readonly Uint8Array[]): Uint8Array {
  const plain = Buffer.concat(records);
  if (plain.length > 0xffff_ffff)
    throw new RangeError(`${plain.length} bytes are more than a segment can hold`);
  return plain;
}

/** Bytes that can be transferred to another thread: alone in their ArrayBuffer, and not the caller's. */
function ownBuffer(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer, byteLength } = bytes;
  return buffer instanceof ArrayBuffer && byteLength === buffer.byteLength
    ? new Uint8Array(buffer)
    : new Uint8Array(bytes);
}
