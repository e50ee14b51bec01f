import { type LaneId, laneLogPrefix, parseSegmentKey, segmentKey } from '../log/keys.ts';
import { listPages } from '../store/list-all.ts';
import type { ObjectStore } from '../store/object-store.ts';

/** A segment as a LIST shows it. */
export interface ListedSegment {
  readonly sequence: number;
  /** Store time, ms since the epoch. */
  readonly lastModified: number;
}

/** Segments of a lane after `sequence` (all of it: -1), in order, a page of `limit` keys at a time. */
export async function* segmentsAfter(
  store: Pick<ObjectStore, 'list'>,
  id: LaneId,
  sequence: number,
  limit: number,
  signal?: AbortSignal,
): AsyncGenerator<ListedSegment> {
  const startAfter = sequence < 0 ? undefined : segmentKey(id, sequence);
  const options = { limit, signal, ...(startAfter !== undefined && { startAfter }) };
  for await (const page of listPages(store, laneLogPrefix(id), options)) {
    for (const { key, lastModified } of page.objects) {
      const parsed = parseSegmentKey(key);
      if (parsed !== undefined) yield { sequence: parsed.sequence, lastModified };
    }
  }
}

/** The first one, by a LIST of one key. */
export async function firstSegmentAfter(
  store: Pick<ObjectStore, 'list'>,
  id: LaneId,
  sequence: number,
  signal?: AbortSignal,
): Promise<ListedSegment | undefined> {
  for await (const segment of segmentsAfter(store, id, sequence, 1, signal)) return segment;
  return undefined;
}
