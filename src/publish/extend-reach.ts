import { type LaneId, laneLogPrefix, parseSegmentKey, segmentKey } from '../log/keys.ts';
import { listAll } from '../store/list-all.ts';
import type { ObjectStore } from '../store/object-store.ts';

export interface Extended {
  /** Everything in `[from, next)` exists; `next` itself did not when it was asked for. */
  readonly next: number;
  /**
   * Whether segments lie above `next`. `genuine`: the one before it exists, so a crash left the hole. `doubtful`: that
   * is gone too, so retention has been here, and `from` was out of date.
   */
  readonly hole: 'none' | 'genuine' | 'doubtful';
  /** Store time of the last answer: everything below `next` is at least that old. */
  readonly time: number;
}

/**
 * Follows a lane from `from` as far as its segments are contiguous. LIST finds most of them in few requests; as it
 * may lag, each number that it lacks is asked for by HEAD.
 */
export async function extendReach(
  lane: LaneId,
  from: number,
  { store, signal }: { readonly store: Pick<ObjectStore, 'list' | 'head'>; readonly signal: AbortSignal },
): Promise<Extended> {
  const head = (sequence: number) => store.head(segmentKey(lane, sequence), { signal });
  const startAfter = from > 0 ? { startAfter: segmentKey(lane, from - 1) } : {};
  let next = from;
  for await (const { key } of listAll(store, laneLogPrefix(lane), { ...startAfter, signal })) {
    const sequence = parseSegmentKey(key)?.sequence;
    if (sequence === undefined || sequence < next) continue;
    for (; next < sequence; next += 1) {
      const { status, time } = await head(next);
      if (status === 'found') continue;
      const follows = next > 0 && (await head(next - 1)).status === 'found';
      return { next, hole: follows ? 'genuine' : 'doubtful', time };
    }
    next = sequence + 1;
  }
  for (;;) {
    const { status, time } = await head(next);
    if (status === 'missing') return { next, hole: 'none', time };
    next += 1;
  }
}
