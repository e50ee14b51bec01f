import type { Random } from '../base/random.ts';
import { MiB } from '../config/units.ts';
import { corruptError } from './corrupt.ts';
import type { RecordPlace } from './delivered-update.ts';
import { formatHlc } from './hybrid-clock.ts';
import { parseWriter } from './keys.ts';
import { splitRecords } from './record-layout.ts';
import { closeEnvelope, openEnvelope } from './snapshot-envelope.ts';
import { partKey, type SnapshotId } from './snapshot-keys.ts';
import type { Fleet } from './tip-mac.ts';

/**
 * The body of a part. Little endian.
 *
 *   size  field
 *      4  N: number of entries
 *      4  W: number of writers
 *    W ×  1 byte of length, then the writer's name in ASCII
 *   72 ×N places, as below
 *      …  N records as in a segment, back to back
 *
 * A place:
 *
 *   offset  size  field
 *        0     4  writer: index into the table
 *        4     1  lane
 *        5     1  flags: 1 content and data are left out; the record then lacks both
 *        6     2  reserved, 0
 *        8     8  sequence
 *       16     4  index in the segment
 *       20     4  reserved, 0
 *       24     8  hybrid logical clock that the update counts as (`cappedHlc`)
 *       32     4  bytes of content as published, where it is left out; otherwise 0
 *       36     4  bytes of data, likewise
 *       40    32  SHA-256 of the content, likewise
 */
const placeBytes = 72;
const digestBytes = 32;
const leftOutFlag = 1;

/** The newest update of a URL, where it stands in the log. */
export interface SnapshotEntry extends RecordPlace {
  /** Hybrid logical clock that it counts as, 16 hex digits. */
  readonly stamp: string;
  readonly record: Uint8Array;
  /** What was too large for the index, so that `record` lacks it. */
  readonly leftOut?: LeftOut;
}

export interface LeftOut {
  readonly contentBytes: number;
  readonly dataBytes: number;
  /** SHA-256 of the content, 64 hex digits. */
  readonly digest: string;
}

export interface PartTarget {
  readonly snapshot: SnapshotId;
  readonly part: number;
  readonly fleet: Fleet;
}

/** Most bytes that a part may take when opened; writers stay far below, readers go by the manifest. */
export const maxPartBytes = 512 * MiB;

/** The bytes of a part as stored, and the size of what they hold. */
export interface EncodedPart {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly plainBytes: number;
}

export async function encodePart(
  entries: readonly SnapshotEntry[],
  target: PartTarget,
  random: Pick<Random, 'bytes'>,
): Promise<EncodedPart> {
  const plain = plainPart(entries);
  return { bytes: await closeEnvelope(plain, envelopeOf(target), random), plainBytes: plain.length };
}

/**
 * `plainBytes`: what the manifest says that it takes when opened; nothing larger is opened. Throws `corrupt`, `unknown-key`,
 * `newer-format`. The entries share the memory of the part.
 */
export function decodePart(stored: Uint8Array, target: PartTarget, plainBytes: number): SnapshotEntry[] {
  const envelope = envelopeOf(target);
  return readPart(openEnvelope(stored, envelope, plainBytes), envelope.key);
}

function envelopeOf({ snapshot, part, fleet }: PartTarget) {
  return { kind: 'part', key: partKey(snapshot, part), id: snapshot.id, fleet } as const;
}

function plainPart(entries: readonly SnapshotEntry[]): Uint8Array {
  const writers = new Map<string, number>();
  for (const { writer } of entries) if (!writers.has(writer)) writers.set(writer, writers.size);
  const names = [...writers.keys()].map((writer) => Buffer.from(writer, 'latin1'));
  const head = Buffer.alloc(8);
  head.writeUInt32LE(entries.length, 0);
  head.writeUInt32LE(names.length, 4);
  const places = Buffer.alloc(placeBytes * entries.length);
  entries.forEach((entry, at) => {
    writePlace(places.subarray(at * placeBytes), entry, writers.get(entry.writer) as number);
  });
  const table = names.flatMap((name) => [Buffer.from([name.length]), name]);
  return Buffer.concat([head, ...table, places, ...entries.map(({ record }) => record)]);
}

function readPart(plain: Uint8Array, key: string): SnapshotEntry[] {
  const bytes = Buffer.from(plain.buffer, plain.byteOffset, plain.byteLength);
  if (bytes.length < 8) throw corruptError(key, 'too short for a part');
  const count = bytes.readUInt32LE(0);
  const { writers, end } = readWriters(bytes, key);
  const recordsAt = end + count * placeBytes;
  if (recordsAt > bytes.length)
    throw corruptError(key, `${count} entries cannot fit in ${bytes.length} bytes`);
  const records = bytes.subarray(recordsAt);
  const split = splitRecords(records, count);
  if (split.fault !== undefined) throw corruptError(key, split.fault);
  const { offsets } = split;
  return Array.from({ length: count }, (_, at) => {
    const place = readPlace(bytes.subarray(end + at * placeBytes, end + (at + 1) * placeBytes), writers);
    if (place === undefined) throw corruptError(key, `the place of entry ${at} is malformed`);
    return { ...place, record: records.subarray(offsets[at], offsets[at + 1]) };
  });
}

function writePlace(place: Buffer, entry: SnapshotEntry, writer: number): void {
  const { lane, sequence, index, stamp, leftOut } = entry;
  place.writeUInt32LE(writer, 0);
  place.writeUInt8(lane, 4);
  place.writeUInt8(leftOut === undefined ? 0 : leftOutFlag, 5);
  place.writeBigUInt64LE(BigInt(sequence), 8);
  place.writeUInt32LE(index, 16);
  place.writeBigUInt64LE(BigInt(`0x${stamp}`), 24);
  if (leftOut === undefined) return;
  place.writeUInt32LE(leftOut.contentBytes, 32);
  place.writeUInt32LE(leftOut.dataBytes, 36);
  place.write(leftOut.digest, 40, digestBytes, 'hex');
}

function readPlace(place: Buffer, writers: readonly string[]): Omit<SnapshotEntry, 'record'> | undefined {
  const writer = writers[place.readUInt32LE(0)];
  const lane = place.readUInt8(4);
  const flags = place.readUInt8(5);
  const sequence = Number(place.readBigUInt64LE(8));
  const unused = place.readUInt16LE(6) + place.readUInt32LE(20);
  const isWhole = flags === 0 && place.subarray(32).every((byte) => byte === 0);
  const isSound = lane < 16 && (isWhole || flags === leftOutFlag) && unused === 0;
  if (writer === undefined || !isSound || !Number.isSafeInteger(sequence)) return undefined;
  const stamp = formatHlc(place.readBigUInt64LE(24));
  const standing = { writer, lane, sequence, index: place.readUInt32LE(16), stamp };
  if (isWhole) return standing;
  const leftOut = {
    contentBytes: place.readUInt32LE(32),
    dataBytes: place.readUInt32LE(36),
    digest: place.toString('hex', 40, 40 + digestBytes),
  };
  return { ...standing, leftOut };
}

function readWriters(bytes: Buffer, key: string): { writers: string[]; end: number } {
  const count = bytes.readUInt32LE(4);
  // A name has at least a byte of its own, so no more memory is taken than was there.
  if (count > bytes.length) throw corruptError(key, `${count} writers cannot fit in ${bytes.length} bytes`);
  const writers: string[] = [];
  let at = 8;
  while (writers.length < count) {
    const end = at + 1 + (bytes[at] ?? 0);
    const name = bytes.toString('latin1', at + 1, end);
    if (end > bytes.length || parseWriter(name) === undefined)
      throw corruptError(key, `writer ${writers.length} is malformed`);
    writers.push(name);
    at = end;
  }
  return { writers, end: at };
}
