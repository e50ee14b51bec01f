import type { Random } from '../../../src/base/random.ts';
import type { NewUpdate } from '../../../src/base/update.ts';
import { type FleetKeys, noKeys } from '../../../src/log/fleet-keys.ts';
import { segmentKey, writerName } from '../../../src/log/keys.ts';
import { encodeRecord } from '../../../src/log/record.ts';
import type { SegmentLimits, SegmentTarget } from '../../../src/log/segment-codec.ts';
import type { ShapeWriter } from '../../../src/log/shape-writer.ts';

export const sampleFleet = 'f1ee7f1ee7f1ee7f1ee7f1ee7f1ee7f1';
export const sampleWriter = writerName({
  server: 'web-1.example',
  hostId: '00112233445566aa',
  incarnation: '0123456789abcdef0123456789abcdef',
});
/** 2026-01-02T03:04:05.678Z */
export const sampleTime = 1_767_323_045_678;

export const sampleKeys: FleetKeys = {
  ring: [
    { id: 'k1', secret: new Uint8Array(32).fill(1) },
    { id: 'k2', secret: new Uint8Array(32).fill(2) },
  ],
  active: 'k1',
  required: false,
};

export function sampleTarget(
  change: Partial<SegmentTarget & SegmentLimits> = {},
): SegmentTarget & SegmentLimits {
  const { writer = sampleWriter, lane = 0, sequence = 7 } = change;
  const key = segmentKey({ writer, lane }, sequence);
  return {
    key,
    writer,
    lane,
    sequence,
    fleetId: sampleFleet,
    keys: noKeys,
    maxBytes: 1024 * 1024,
    ...change,
  };
}

/** Records with ids 0, 1, 2… and clocks one millisecond apart, so that the same updates give the same bytes. */
export function sampleRecords(
  updates: readonly NewUpdate[],
  shapes?: ShapeWriter,
): Uint8Array<ArrayBuffer>[] {
  return updates.map((update, index) => {
    const hlc = (BigInt(sampleTime + index) << 16n) | BigInt(index);
    return encodeRecord(update, { id: index.toString(16).padStart(32, '0'), hlc }, undefined, shapes);
  });
}

/** Bytes 0, 1, 2…: a nonce that a golden file can be written with. */
export const countingRandom: Pick<Random, 'bytes'> = {
  bytes: (length) => Uint8Array.from({ length }, (_, index) => index),
};
