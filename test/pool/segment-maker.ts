import type { NewUpdate } from '../../src/base/update.ts';
import { type FleetKeys, noKeys } from '../../src/log/fleet-keys.ts';
import { segmentKey } from '../../src/log/keys.ts';
import { encodeRecord } from '../../src/log/record.ts';
import { encodeSegment } from '../../src/log/segment-codec.ts';
import type { SegmentTask } from '../../src/log/segment-fetcher.ts';
import { finishHeader, headerBytes } from '../../src/log/segment-header.ts';
import type { ObjectStore } from '../../src/store/object-store.ts';
import { SeededRandom } from '../support/seeded-random.ts';

export const fleetId = '00112233445566778899aabbccddeeff';
export const key1 = { id: 'k1', secret: new Uint8Array(32).fill(7) };
export const sealing: FleetKeys = { ring: [key1], active: 'k1', required: false };

/** A valid writer's name for a number. */
export function writerNumber(number: number): string {
  return `server-${number}~${number.toString(16).padStart(16, '0')}~${number.toString(16).padStart(32, '0')}`;
}

export function taskOf(writer: number, sequence: number, lane = 0): SegmentTask {
  const id = { writer: writerNumber(writer), lane };
  return { ...id, sequence, key: segmentKey(id, sequence) };
}

export function updates(count: number, bytes = 20): NewUpdate[] {
  return Array.from({ length: count }, (_, i) => ({
    url: `https://example.com/${i}`,
    content: 'x'.repeat(bytes),
  }));
}

/** The bytes of a segment as its writer would store them. */
export function segmentBytes(
  task: SegmentTask,
  content = updates(3),
  keys: FleetKeys = noKeys,
): Promise<Uint8Array> {
  const random = new SeededRandom(task.sequence + 1);
  const records = content.map((update, i) =>
    encodeRecord(update, { id: i.toString(16).padStart(32, '0'), hlc: BigInt(1000 + i) << 16n }),
  );
  return encodeSegment({ ...task, records, fleetId, keys, random, compressFromBytes: 4096 });
}

export async function putSegment(
  store: ObjectStore,
  task: SegmentTask,
  content?: NewUpdate[],
  keys?: FleetKeys,
): Promise<void> {
  await store.put(task.key, await segmentBytes(task, content, keys));
}

/** The same segment as a later version of the format would begin it. */
export function newerFormat(segment: Uint8Array, task: SegmentTask): Uint8Array {
  const header = segment.slice(0, headerBytes);
  new DataView(header.buffer).setUint16(4, 2, true);
  finishHeader(header, segment.subarray(headerBytes), { ...task, fleetId });
  return Buffer.concat([header, segment.subarray(headerBytes)]);
}
