import type { Update } from '../base/update.ts';
import { segmentKey } from '../log/keys.ts';
import { storedAtOf } from '../log/newest-rule.ts';
import { readRecord } from '../log/record.ts';
import type { SegmentFetcher } from '../log/segment-fetcher.ts';
import type { SnapshotEntry } from '../log/snapshot-part.ts';
import type { SnapshotPlace } from '../state/snapshot-read-table.ts';
import type { LanePosition, Recovered } from '../state/state.ts';
import { type LaneEntry, segmentUpdate } from './lane-entries.ts';

/** Some entries of a part, to be delivered in one batch. */
export interface SnapshotSlice {
  /** Where the first of them stands. */
  readonly at: SnapshotPlace;
  readonly entries: readonly LaneEntry[];
  /** Whether the snapshot ends with it, and nothing is left to be done after that. */
  readonly isLast: boolean;
  /** What of lost ranges these updates are; absent where the subscription begins with the snapshot. */
  readonly tally?: ((updates: readonly Update[]) => readonly Recovered[]) | undefined;
}

/** What is to be committed once `done` of the slice's entries are dealt with. */
export function placeAfter({ at, entries, isLast }: SnapshotSlice, done: number): SnapshotPlace | 'read' {
  if (isLast && done >= entries.length) return 'read';
  return { ...at, place: at.place + done };
}

export interface EntryParts {
  readonly fetcher: SegmentFetcher;
  /** Whether the subscription is to have what stands there. */
  wants(place: SnapshotEntry): boolean;
}

/**
 * What a subscription gets of an entry; exactly one for each, so that places can be counted. Content that was too large for the
 * index is fetched from the log; where retention was faster, that update is reported as lost. Throws when the store does not answer.
 */
export async function entryOf(
  entry: SnapshotEntry,
  parts: EntryParts,
  signal: AbortSignal,
): Promise<LaneEntry> {
  const { writer, lane, sequence, index, record, leftOut } = entry;
  const after: LanePosition = { writer, lane, sequence, index };
  if (!parts.wants(entry)) return { type: 'skip', after };
  const source = { ...after, storedAt: storedAtOf(entry.stamp) };
  if (leftOut === undefined) return { type: 'update', update: readRecord(record, source), record, after };
  const key = segmentKey({ writer, lane }, sequence);
  const outcome = await parts.fetcher.fetch({ key, writer, lane, sequence }, signal);
  if (outcome.status === 'fetched' && index < outcome.segment.header.count)
    return segmentUpdate(outcome.segment, index, after);
  const { url } = readRecord(record, after);
  const size = leftOut.contentBytes + leftOut.dataBytes;
  const message = `${url}: its ${size} bytes were too large for the snapshot, and its segment is ${outcome.status}`;
  return { type: 'lost', loss: { reason: 'expired', from: sequence, to: sequence + 1, message }, after };
}
