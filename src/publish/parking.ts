import type { NodeEmitter } from '../base/events.ts';
import type { LaneReach } from '../log/keys.ts';
import { maxBatchEntries, type ParkedEntry } from '../log/parked-batch.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { deleteKeys } from './delete-keys.ts';
import { type Extended, extendReach } from './extend-reach.ts';
import { type WriteBatchParts, writeBatch } from './write-batch.ts';

/** A writer to be parked: what is known of its lanes, and the tip keys that said so. */
export interface ParkCandidate {
  readonly writer: string;
  readonly lanes: readonly LaneReach[];
  readonly tipKeys: readonly string[];
}

export interface ParkingParts extends WriteBatchParts {
  readonly store: Pick<ObjectStore, 'put' | 'list' | 'head' | 'delete' | 'deleteMany'>;
  readonly events: Pick<NodeEmitter, 'emit'>;
}

/** A candidate whose lanes were followed to their end. */
export interface ExtendedCandidate extends ParkCandidate {
  /** A lane ends in a hole that may be the work of retention: what was known of it was out of date. */
  readonly doubtful: boolean;
  /** Store time: everything below `next` is at least that old. */
  readonly time: number;
}

/** Writers followed at the same time. */
const breadth = 8;

/** Step 1: follow the lanes beyond what their tips said; nothing is written. */
export async function extendAll(
  candidates: readonly ParkCandidate[],
  parts: Pick<ParkingParts, 'store' | 'signal'>,
): Promise<ExtendedCandidate[]> {
  const extended: ExtendedCandidate[] = [];
  for (let at = 0; at < candidates.length; at += breadth) {
    const some = candidates.slice(at, at + breadth);
    extended.push(...(await Promise.all(some.map((candidate) => extend(candidate, parts)))));
  }
  return extended;
}

/**
 * Steps 2 to 4: batch, marker, and only then the tips, by exactly the keys that were read: a tip written since has
 * another key and stays. A crash anywhere, or another janitor at the same work, only repeats it. Returns the tip keys
 * that could not be deleted: they are found again by whoever looks next.
 */
export async function parkExtended(
  candidates: readonly ExtendedCandidate[],
  parts: ParkingParts,
): Promise<readonly string[]> {
  const left: string[] = [];
  for (let at = 0; at < candidates.length; at += maxBatchEntries) {
    const some = candidates.slice(at, at + maxBatchEntries);
    const batch = await writeBatch(some.map(entryOf), parts);
    parts.events.emit('parked', { batch, writers: some.map(({ writer }) => writer) });
    const tipKeys = some.flatMap((candidate) => candidate.tipKeys);
    left.push(...(await deleteKeys(tipKeys, parts)));
  }
  return left;
}

async function extend(
  candidate: ParkCandidate,
  parts: Pick<ParkingParts, 'store' | 'signal'>,
): Promise<ExtendedCandidate> {
  const ends: Extended[] = [];
  for (const [lane, { next }] of candidate.lanes.entries()) {
    ends.push(await extendReach({ writer: candidate.writer, lane }, next, parts));
  }
  const lanes = candidate.lanes.map((reach, lane) => ({ ...reach, next: (ends[lane] as Extended).next }));
  const doubtful = ends.some(({ hole }) => hole === 'doubtful');
  return { ...candidate, lanes, doubtful, time: Math.max(...ends.map(({ time }) => time)) };
}

function entryOf({ writer, lanes, time }: ExtendedCandidate): ParkedEntry {
  return { writer, lanes, parkedAt: time };
}
