/**
 * Group commit of one lane. Updates that wait are cut into segments from the front; the head is the segment that
 * goes next. It is closed once nothing more can join it.
 *
 * | in flight | head | decision |
 * |---|---|---|
 * | the most allowed | any | gather |
 * | fewer | closed | flush: waiting longer would not pack it better |
 * | some | open | gather: whatever arrives meanwhile shares the request |
 * | none | open | flush, but no sooner than the floor after the flush before |
 */
export interface BatchLimits {
  readonly maxSegmentBytes: number;
  readonly maxSegmentUpdates: number;
  readonly segmentsInFlight: number;
  /** Floor between two flushes that are not forced by a full segment, milliseconds. */
  readonly flushIntervalMs: number;
}

export interface BatchHead {
  readonly count: number;
  readonly bytes: number;
  readonly closed: boolean;
}

export const emptyHead: BatchHead = { count: 0, bytes: 0, closed: false };

/** The head after one more update of `size` bytes queued up behind it. One that is too large for any gets its own. */
export function grow(head: BatchHead, size: number, limits: BatchLimits): BatchHead {
  if (head.closed) return head;
  if (head.count > 0 && head.bytes + size > limits.maxSegmentBytes) return { ...head, closed: true };
  const count = head.count + 1;
  const bytes = head.bytes + size;
  return {
    count,
    bytes,
    closed: count >= limits.maxSegmentUpdates || bytes >= limits.maxSegmentBytes,
  };
}

/** The head of what waits, front first; looks no further than the head reaches. */
export function headOf(sizes: Iterable<number>, limits: BatchLimits): BatchHead {
  let head = emptyHead;
  for (const size of sizes) {
    head = grow(head, size, limits);
    if (head.closed) break;
  }
  return head;
}

export type FlushDecision =
  | { readonly do: 'flush' }
  | { readonly do: 'gather' }
  /** Look again after `ms`. */
  | { readonly do: 'wait'; readonly ms: number };

export interface LaneMoment {
  readonly head: BatchHead;
  /** Segments begun whose number does not yet belong to the contiguous durable prefix. */
  readonly inFlight: number;
  /** Monotonic times, milliseconds. */
  readonly lastFlushAt: number | undefined;
  readonly now: number;
}

export function decideFlush(moment: LaneMoment, limits: BatchLimits): FlushDecision {
  const { head, inFlight, lastFlushAt, now } = moment;
  if (head.count === 0 || inFlight >= limits.segmentsInFlight) return { do: 'gather' };
  if (head.closed) return { do: 'flush' };
  if (inFlight > 0) return { do: 'gather' };
  const ms = lastFlushAt === undefined ? 0 : lastFlushAt + limits.flushIntervalMs - now;
  return ms > 0 ? { do: 'wait', ms } : { do: 'flush' };
}
