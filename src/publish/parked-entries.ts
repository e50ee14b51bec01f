import type { LaneReach } from '../log/keys.ts';
import { joinReach } from '../log/lane-knowledge.ts';
import type { ParkedEntry } from '../log/parked-batch.ts';

/** Field by field the larger; a lane that one side does not know is taken from the other. */
export function joinLanes(a: readonly LaneReach[], b: readonly LaneReach[]): LaneReach[] {
  const [longer, shorter] = a.length >= b.length ? [a, b] : [b, a];
  return longer.map((reach, lane) => joinReach(reach, shorter[lane] ?? reach));
}

/** Whether `a` says at least as much as `b` about every lane. */
export function coversLanes(a: readonly LaneReach[], b: readonly LaneReach[]): boolean {
  return b.every(({ next, oldest }, lane) => {
    const reach = a[lane];
    return reach !== undefined && reach.next >= next && reach.oldest >= oldest;
  });
}

/** Nothing of the writer is left in the log. */
export function isEmpty(lanes: readonly LaneReach[]): boolean {
  return lanes.every(({ next, oldest }) => oldest === next);
}

/** What two batches say of one writer, in one entry. */
function joinEntries(a: ParkedEntry, b: ParkedEntry): ParkedEntry {
  const lanes = joinLanes(a.lanes, b.lanes);
  // Who says less knows nothing of how long the rest has been gone.
  const since = [a, b].flatMap((entry) => (coversLanes(entry.lanes, lanes) ? (entry.emptySince ?? []) : []));
  return {
    writer: a.writer,
    lanes,
    parkedAt: Math.max(a.parkedAt, b.parkedAt),
    ...(isEmpty(lanes) && since.length > 0 ? { emptySince: Math.max(...since) } : {}),
  };
}

export function joinAllEntries(entries: Iterable<ParkedEntry>): Map<string, ParkedEntry> {
  const joined = new Map<string, ParkedEntry>();
  for (const entry of entries) {
    const before = joined.get(entry.writer);
    joined.set(entry.writer, before ? joinEntries(before, entry) : entry);
  }
  return joined;
}
