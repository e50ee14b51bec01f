import type { Update } from '../base/update.ts';
import type { DecodedSegment } from '../log/segment.ts';
import type { Advance } from '../state/state.ts';
import {
  acknowledge,
  type Delivery,
  isComplete,
  newDelivery,
  poisonLetters,
  takenOf,
} from './delivery-state.ts';
import type { LaneEntry } from './lane-entries.ts';
import { segmentBytes } from './lane-state.ts';
import type { Replay } from './replay.ts';
import { placeAfter, type SnapshotSlice } from './snapshot-slice.ts';

/** What a sink works on: the next entries of the lanes, a dead letter that is delivered again, or entries of a snapshot. */
export interface Batch {
  readonly delivery: Delivery;
  readonly replay: Replay | undefined;
  readonly slice?: SnapshotSlice;
  /** Decoded bytes that it keeps in memory. */
  readonly bytes: number;
}

export function laneBatch(entries: readonly LaneEntry[]): Batch {
  return { delivery: newDelivery(entries), replay: undefined, bytes: bytesOf(entries) };
}

export function replayBatch(replay: Replay): Batch {
  return { delivery: newDelivery(replay.entries), replay, bytes: bytesOf(replay.entries) };
}

export function snapshotBatch(slice: SnapshotSlice): Batch {
  const { entries } = slice;
  return { delivery: newDelivery(entries), replay: undefined, slice, bytes: bytesOf(entries) };
}

/**
 * Acknowledges up to `upTo` (see `acknowledge`). `change` has to be committed before the new batch counts. A replay
 * moves no position: its letter goes, and what still failed becomes letters again, when all of it is dealt with.
 * A snapshot moves no position either, but the place in it.
 */
export function acknowledgeBatch(
  batch: Batch,
  upTo: Update | undefined,
  subscription: string,
): { readonly batch: Batch; readonly change: Advance | undefined } {
  const { delivery, change } = acknowledge(batch.delivery, upTo, subscription);
  const moved = { ...batch, delivery };
  const { replay, slice } = batch;
  const none = delivery === batch.delivery;
  if (slice !== undefined) {
    const { positions: _, ...rest } = change;
    const recovered = slice.tally?.(takenOf(delivery, batch.delivery.done, delivery.done));
    const place = placeAfter(slice, delivery.done);
    return {
      batch: moved,
      change: none ? undefined : { ...rest, snapshot: [place], ...(recovered && { recovered }) },
    };
  }
  if (replay === undefined) return { batch: moved, change: none ? undefined : change };
  if (!isComplete(delivery)) return { batch: moved, change: undefined };
  const rest = replay.rest === undefined ? [] : [replay.rest];
  const deadLetters = [...rest, ...replay.still, ...poisonLetters(delivery, subscription)];
  return { batch: moved, change: { replayed: [replay.letter.id], deadLetters } };
}

function bytesOf(entries: readonly LaneEntry[]): number {
  const records = new Set<DecodedSegment | Uint8Array>();
  let last: DecodedSegment | Uint8Array | undefined;
  for (const entry of entries) {
    if (entry.type !== 'update' || entry.record === last) continue;
    last = entry.record;
    records.add(last);
  }
  let bytes = 0;
  for (const record of records)
    bytes += record instanceof Uint8Array ? record.byteLength : segmentBytes(record);
  return bytes;
}
