import { zstdCompressSync } from 'node:zlib';
import {
  finishHeader,
  headerBytes,
  type SegmentPlace,
  type StoredHeader,
  startHeader,
} from '../../../src/log/segment-header.ts';
import { sampleTime } from './sample-segment.ts';

/** A segment whose checksums are right, whatever else is wrong with it: what a faulty or hostile writer could make. */
export function forgeSegment(
  body: Uint8Array,
  place: SegmentPlace,
  change: Partial<StoredHeader> = {},
): Uint8Array {
  const header = startHeader({
    version: 1,
    compressed: false,
    keyId: undefined,
    tombstone: false,
    shaped: false,
    lane: place.lane,
    sequence: place.sequence,
    count: 1,
    firstTime: sampleTime,
    lastTime: sampleTime,
    nonce: new Uint8Array(12),
    plainLength: body.length,
    storedLength: body.length,
    ...change,
  });
  return repair(Buffer.concat([header, body]), place);
}

/** The same bytes with fitting checksums. */
export function repair(segment: Uint8Array, place: SegmentPlace): Uint8Array {
  const repaired = Uint8Array.from(segment);
  if (repaired.length < headerBytes) return repaired;
  finishHeader(repaired.subarray(0, headerBytes), repaired.subarray(headerBytes), place);
  return repaired;
}

/** A compressed body that claims `plainLength` bytes. */
export function forgeCompressed(
  plain: Uint8Array,
  place: SegmentPlace,
  change: Partial<StoredHeader> = {},
): Uint8Array {
  return forgeSegment(zstdCompressSync(plain), place, {
    compressed: true,
    plainLength: plain.length,
    ...change,
  });
}
