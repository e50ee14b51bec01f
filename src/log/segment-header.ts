import { crc32 } from 'node:zlib';
import { corruptError, newerFormatError } from './corrupt.ts';
import { sealedName } from './keys.ts';
import { minRecordBytes } from './record-layout.ts';
import { nonceBytes, tagBytes } from './seal.ts';
import type { SegmentHeader } from './segment.ts';

/**
 * The first 88 bytes of a segment. Little endian; the body follows at once and ends the object.
 *
 *   offset  size  field
 *        0     4  magic, "BCSG"
 *        4     2  version, 1
 *        6     2  header length, 88
 *        8     4  flags: 1 compressed, 2 sealed, 4 tombstone, 8 some content is by its shape; a reader must understand every bit that is set
 *       12     4  count of records; 0 for a tombstone, and only for it
 *       16     8  sequence
 *       24     8  time of the first record, ms since the epoch; 0 for a tombstone
 *       32     8  time of the last record, ms since the epoch; 0 for a tombstone
 *       40    16  key id, ASCII padded with zeros; all zeros when not sealed
 *       56    12  nonce; all zeros when not sealed
 *       68     4  plain length: the records' bytes, before compression
 *       72     4  stored length: the body's bytes as they follow the header
 *       76     1  lane
 *       77     3  reserved, 0
 *       80     4  CRC-32 of the body as stored
 *       84     4  CRC-32 of fleet id (16 bytes), key relative to v1/ (UTF-8), and the header before this field
 *
 * Every later version keeps magic, version, header length, and that a header's last 4 bytes are this CRC-32, so
 * that a newer format can be told from damage.
 */
export const headerBytes = 88;
/** The part of the header that a seal covers; the checksums follow it. */
export const sealedHeaderBytes = 80;
const magic = 0x47534342;
const formatVersion = 1;
const flag = { compressed: 1, sealed: 2, tombstone: 4, shaped: 8 } as const;
const knownFlags = flag.compressed | flag.sealed | flag.tombstone | flag.shaped;
const keyIdBytes = 16;
const keyIdPattern = /^[a-z0-9]{1,16}$/;

export interface StoredHeader extends SegmentHeader {
  /** Some content is written by its shape, which older readers do not know. */
  readonly shaped: boolean;
  readonly nonce: Uint8Array;
  readonly plainLength: number;
  readonly storedLength: number;
}

/** Where a segment belongs: its full key and the fleet. */
export interface SegmentPlace {
  readonly key: string;
  readonly lane: number;
  readonly sequence: number;
  readonly fleetId: string;
}

/** The header up to its checksums, which need the body as stored: see `finishHeader`. */
export function startHeader(header: StoredHeader): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(headerBytes);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, magic, true);
  view.setUint16(4, formatVersion, true);
  view.setUint16(6, headerBytes, true);
  view.setUint32(8, flagsOf(header), true);
  view.setUint32(12, header.count, true);
  view.setBigUint64(16, BigInt(header.sequence), true);
  view.setBigUint64(24, BigInt(header.firstTime), true);
  view.setBigUint64(32, BigInt(header.lastTime), true);
  bytes.set(Buffer.from(header.keyId ?? '', 'latin1'), 40);
  bytes.set(header.nonce, 56);
  view.setUint32(68, header.plainLength, true);
  view.setUint32(72, header.storedLength, true);
  view.setUint8(76, header.lane);
  return bytes;
}

export function finishHeader(header: Uint8Array, body: Uint8Array, place: SegmentPlace): void {
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  view.setUint32(80, crc32(body), true);
  view.setUint32(84, headerChecksum(header, headerBytes, place), true);
}

/**
 * Checks everything that the header and the stored length can tell, before any memory is taken.
 * Throws `corrupt`, or `newer-format` (`details.version`) when a sound header says so.
 */
export function readHeader(stored: Uint8Array, place: SegmentPlace): StoredHeader {
  const view = new DataView(stored.buffer, stored.byteOffset, stored.byteLength);
  checkEnvelope(stored, view, place);
  const flags = view.getUint32(8, true);
  if ((flags & ~knownFlags) !== 0) {
    throw newerFormatError(
      place.key,
      formatVersion,
      `flags 0x${flags.toString(16)} are not known to this version`,
    );
  }
  const sealed = (flags & flag.sealed) !== 0;
  const header: StoredHeader = {
    version: formatVersion,
    compressed: (flags & flag.compressed) !== 0,
    tombstone: (flags & flag.tombstone) !== 0,
    shaped: (flags & flag.shaped) !== 0,
    keyId: sealed ? keyIdOf(stored) : undefined,
    lane: view.getUint8(76),
    sequence: Number(view.getBigUint64(16, true)),
    count: view.getUint32(12, true),
    firstTime: Number(view.getBigUint64(24, true)),
    lastTime: Number(view.getBigUint64(32, true)),
    nonce: stored.subarray(56, 56 + nonceBytes),
    plainLength: view.getUint32(68, true),
    storedLength: view.getUint32(72, true),
  };
  const fault = placeFault(header, place) ?? sizeFault(header, stored) ?? unusedFault(stored, sealed);
  if (fault !== undefined) throw corruptError(place.key, fault);
  if (crc32(stored.subarray(headerBytes)) !== view.getUint32(80, true)) {
    throw corruptError(place.key, 'the checksum of the body does not match');
  }
  return header;
}

/** Whether the segment says that it is sealed; whether it is sound is for `readHeader` to tell. */
export function saysSealed(stored: Uint8Array): boolean {
  return stored.length >= headerBytes && ((stored[8] as number) & flag.sealed) !== 0;
}

/** The part that every version shares. */
function checkEnvelope(stored: Uint8Array, view: DataView, place: SegmentPlace): void {
  if (stored.length < headerBytes)
    throw corruptError(place.key, `${stored.length} bytes are too few for a segment`);
  if (view.getUint32(0, true) !== magic)
    throw corruptError(place.key, 'not a segment (the magic is missing)');
  const version = view.getUint16(4, true);
  const length = view.getUint16(6, true);
  if (length < 12 || length > stored.length) throw corruptError(place.key, `header length ${length}`);
  if (headerChecksum(stored, length, place) !== view.getUint32(length - 4, true)) {
    throw corruptError(
      place.key,
      'the checksum of the header does not match (damaged, or another segment put here)',
    );
  }
  if (version > formatVersion)
    throw newerFormatError(place.key, version, `written in format version ${version}`);
  if (version < formatVersion) throw corruptError(place.key, `format version ${version}`);
  if (length !== headerBytes) throw corruptError(place.key, `header length ${length}`);
}

function placeFault(header: StoredHeader, place: SegmentPlace): string | undefined {
  if (header.lane !== place.lane) return `says it is of lane ${header.lane}`;
  if (header.sequence !== place.sequence) return `says it is number ${header.sequence}`;
  return undefined;
}

function sizeFault(header: StoredHeader, stored: Uint8Array): string | undefined {
  const body = stored.length - headerBytes;
  if (header.storedLength !== body)
    return `${body} bytes follow the header instead of ${header.storedLength}`;
  const opened = body - (header.keyId === undefined ? 0 : tagBytes);
  if (opened < 0) return 'too short for a seal';
  if (!header.compressed && header.plainLength !== opened)
    return `plain length ${header.plainLength} of ${opened}`;
  if (header.tombstone) {
    const empty =
      header.count === 0 && header.plainLength === 0 && header.firstTime === 0 && header.lastTime === 0;
    return empty && !header.compressed ? undefined : 'a tombstone with records';
  }
  if (header.count === 0) return 'no records';
  if (header.count * minRecordBytes > header.plainLength) {
    return `${header.count} records cannot fit in ${header.plainLength} bytes`;
  }
  return undefined;
}

function unusedFault(stored: Uint8Array, sealed: boolean): string | undefined {
  if (!allZero(stored.subarray(77, 80))) return 'reserved bytes are set';
  if (!sealed && !allZero(stored.subarray(40, 68))) return 'a key id or nonce without a seal';
  if (sealed && !keyIdPattern.test(keyIdOf(stored))) return 'the key id is malformed';
  return undefined;
}

function flagsOf(header: StoredHeader): number {
  return (
    (header.compressed ? flag.compressed : 0) |
    (header.keyId === undefined ? 0 : flag.sealed) |
    (header.tombstone ? flag.tombstone : 0) |
    (header.shaped ? flag.shaped : 0)
  );
}

function keyIdOf(stored: Uint8Array): string {
  return Buffer.from(stored.subarray(40, 40 + keyIdBytes))
    .toString('latin1')
    .replace(/\0+$/, '');
}

function allZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}

function headerChecksum(header: Uint8Array, length: number, place: SegmentPlace): number {
  const bound = crc32(Buffer.from(sealedName(place.key)), crc32(Buffer.from(place.fleetId, 'hex')));
  return crc32(header.subarray(0, length - 4), bound);
}
