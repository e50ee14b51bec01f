import { isBucketcastError } from '../base/errors.ts';
import { MiB } from '../config/units.ts';
import type { FleetKeys } from '../log/fleet-keys.ts';
import { decodeSegment, segmentOverheadBytes } from '../log/segment-codec.ts';
import type { SegmentFetcher, SegmentOutcome, SegmentTask } from '../log/segment-fetcher.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { oversize } from './oversize.ts';
import { getInRanges } from './ranged-get.ts';

/** How much of a corrupt object is kept for its dead letter. */
export const maxDeadLetterBytes = 4 * MiB;

export interface DirectFetcherOptions {
  readonly store: Pick<ObjectStore, 'get'>;
  readonly fleetId: string;
  readonly keys: FleetKeys;
  /** `read.maxSegmentBytes` */
  readonly maxSegmentBytes: number;
  /** `read.rangeBytes` */
  readonly rangeBytes: number;
}

/**
 * One segment, in one GET or in several where it is long, and everything that is done to its bytes, in the calling
 * thread, without retries or admission.
 * The worker threads run it, and so does whoever does without threads, by way of `LimitedFetcher`.
 */
export class DirectFetcher implements SegmentFetcher {
  readonly #options: DirectFetcherOptions;

  constructor(options: DirectFetcherOptions) {
    this.#options = options;
  }

  async fetch(task: SegmentTask, signal?: AbortSignal): Promise<SegmentOutcome> {
    const { store, maxSegmentBytes, rangeBytes } = this.#options;
    const maxBytes = maxSegmentBytes + segmentOverheadBytes;
    try {
      const answer = await getInRanges(store, task.key, { rangeBytes, maxBytes, signal });
      if (answer.status === 'missing') return answer;
      if (answer.status === 'oversize') return await this.#tooLarge(task, answer.size, signal);
      const outcome = this.#decode(task, answer.body, answer);
      return answer.gets === 1 ? outcome : { ...outcome, gets: answer.gets };
    } catch (error) {
      const size = oversize(error);
      if (size === undefined) throw error;
      return await this.#tooLarge(task, size, signal);
    }
  }

  #decode(
    task: SegmentTask,
    body: Uint8Array,
    { time, lastModified }: { readonly time: number; readonly lastModified: number },
  ): SegmentOutcome {
    const { fleetId, keys, maxSegmentBytes } = this.#options;
    try {
      const segment = decodeSegment(body, { ...task, fleetId, keys, maxBytes: maxSegmentBytes });
      const storedAt = Math.min(lastModified || time, time);
      return { status: 'fetched', segment: { ...segment, storedAt }, time };
    } catch (error) {
      return fault(error, body, time);
    }
  }

  /** No writer within this reader's limits wrote it. The beginning is kept, as of any corrupt object. */
  async #tooLarge(task: SegmentTask, size: number, signal: AbortSignal | undefined): Promise<SegmentOutcome> {
    const range = { start: 0, end: maxDeadLetterBytes };
    const answer = await this.#options.store.get(task.key, { range, signal });
    if (answer.status !== 'found') return { status: 'missing', time: answer.time };
    const reason = `${size} bytes are more than read.maxSegmentBytes, ${this.#options.maxSegmentBytes}`;
    return { status: 'corrupt', reason, bytes: answer.body, time: answer.time };
  }
}

/** Anything else that decoding throws is a fault of the code, not of the bytes. */
function fault(error: unknown, body: Uint8Array, time: number): SegmentOutcome {
  if (isBucketcastError(error, 'unknown-key')) {
    return { status: 'unknown-key', keyId: String(error.details['keyId']), time };
  }
  if (isBucketcastError(error, 'newer-format')) {
    return { status: 'newer-format', version: Number(error.details['version']), time };
  }
  if (isBucketcastError(error, 'corrupt')) {
    return { status: 'corrupt', reason: error.message, bytes: body.subarray(0, maxDeadLetterBytes), time };
  }
  throw error;
}
