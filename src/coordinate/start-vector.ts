import { BucketcastError } from '../base/errors.ts';
import { parseIsoTime } from '../base/iso-time.ts';
import type { KnownLane } from '../log/lane-knowledge.ts';
import type { LanePosition } from '../state/state.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { firstSegmentAfter, segmentsAfter } from './lane-listing.ts';

/** Where a new subscription begins: a time is the store's, ms since the epoch. */
export type StartPoint =
  | { readonly type: 'earliest' | 'latest' | 'snapshot' }
  | { readonly type: 'time'; readonly time: number };

/** Throws `invalid-settings`. */
export function parseStart(from: string): StartPoint {
  if (from === 'earliest' || from === 'latest' || from === 'snapshot') return { type: from };
  const time = parseIsoTime(from);
  if (time === undefined) {
    throw new BucketcastError(
      'invalid-settings',
      `from: expected \`earliest\`, \`latest\`, \`snapshot\` or an ISO 8601 time, got ${JSON.stringify(from)}`,
      { hint: 'For example 2026-01-31T12:00:00Z.' },
    );
  }
  return { type: 'time', time };
}

/**
 * A position for every lane known now; lanes that appear later begin at 0. `snapshot` is where there is none, and as `earliest`. Only a time asks the store (about
 * log2(segments) LISTs a lane); throws when it does not answer.
 */
export async function startVector(
  start: StartPoint,
  lanes: Iterable<KnownLane>,
  store: Pick<ObjectStore, 'list'>,
  signal: AbortSignal,
): Promise<LanePosition[]> {
  const vector: LanePosition[] = [];
  for (const lane of lanes) {
    const sequence = await startOf(start, lane, store, signal);
    vector.push({ writer: lane.writer, lane: lane.lane, sequence, index: 0 });
  }
  return vector;
}

async function startOf(
  start: StartPoint,
  lane: KnownLane,
  store: Pick<ObjectStore, 'list'>,
  signal: AbortSignal,
): Promise<number> {
  switch (start.type) {
    case 'earliest':
    case 'snapshot':
      return lane.oldest;
    case 'latest':
      return lane.next;
    default:
      return firstSince(start.time, lane, store, signal);
  }
}

/** PUTs of one lane are pipelined, so neighbours may have been stored in another order: look this far back. */
const pipelineDepth = 16;

/**
 * The first segment stored at or after `time`, else `next`. Where a LIST shows nothing (it may lag) the search
 * goes on below: to begin early only repeats old news, to begin late would lose some.
 */
async function firstSince(
  time: number,
  lane: KnownLane,
  store: Pick<ObjectStore, 'list'>,
  signal: AbortSignal,
): Promise<number> {
  let low = lane.oldest;
  let high = lane.next;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const found = await firstSegmentAfter(store, lane, middle - 1, signal);
    if (found === undefined || found.sequence >= high || found.lastModified >= time) high = middle;
    else low = found.sequence + 1;
  }
  const from = Math.max(lane.oldest, low - pipelineDepth);
  for await (const { sequence, lastModified } of segmentsAfter(
    store,
    lane,
    from - 1,
    pipelineDepth,
    signal,
  )) {
    if (sequence >= low) break;
    if (lastModified >= time) return sequence;
  }
  return low;
}
