import type { DecodedSegment } from './segment.ts';

/** One segment to read: the key, and what the header must agree with. */
export interface SegmentTask {
  readonly key: string;
  readonly writer: string;
  readonly lane: number;
  readonly sequence: number;
}

/**
 * What came of a segment that the store answered for. `time` is the store's, ms since the epoch.
 * Only trouble with the store throws (`store-unavailable`, `store-refused`, `closed`).
 */
export type SegmentOutcome = Gets &
  (
    | { readonly status: 'fetched'; readonly segment: DecodedSegment; readonly time: number }
    | { readonly status: 'missing'; readonly time: number }
    /** `bytes`: the object as stored, for the dead letter; cut at `maxDeadLetterBytes`. */
    | {
        readonly status: 'corrupt';
        readonly reason: string;
        readonly bytes: Uint8Array;
        readonly time: number;
      }
    | { readonly status: 'unknown-key'; readonly keyId: string; readonly time: number }
    | { readonly status: 'newer-format'; readonly version: number; readonly time: number }
  );

interface Gets {
  /** GETs that it took, where one was not enough. */
  readonly gets?: number;
}

/**
 * GET, check, decrypt, decompress, split, validate. Implemented by the pool (threads) and by
 * `DirectFetcher` (in this thread: for the simulation, and inside the workers themselves).
 */
export interface SegmentFetcher {
  fetch(task: SegmentTask, signal?: AbortSignal): Promise<SegmentOutcome>;
}
