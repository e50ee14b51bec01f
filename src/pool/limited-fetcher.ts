import type { Clock } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import type { Settings } from '../config/settings.ts';
import type { SegmentFetcher, SegmentOutcome, SegmentTask } from '../log/segment-fetcher.ts';
import type { Limiter } from '../store/limiter.ts';
import { retrying } from '../store/retrying.ts';

export interface LimitedFetcherOptions {
  readonly retry: Settings['retry'];
  readonly limiter: Limiter;
  readonly clock: Clock;
  readonly random: Random;
  /** Where a try waits before it asks the limiter, so that it holds no admission meanwhile. Default: nowhere. */
  readonly queue?: FetchQueue;
}

export type FetchQueue = (
  task: SegmentTask,
  run: () => Promise<SegmentOutcome>,
  signal: AbortSignal | undefined,
) => Promise<SegmentOutcome>;

const noQueue: FetchQueue = (_task, run) => run();

/**
 * Tries failed fetches again and has every try admitted by the host's limiter, after polls and writes. What is
 * inside makes one try: a `DirectFetcher` over a metered store, or the threads by way of `PooledFetcher`.
 */
export class LimitedFetcher implements SegmentFetcher {
  readonly #inner: SegmentFetcher;
  readonly #options: LimitedFetcherOptions;

  constructor(inner: SegmentFetcher, options: LimitedFetcherOptions) {
    this.#inner = inner;
    this.#options = options;
  }

  fetch(task: SegmentTask, signal?: AbortSignal): Promise<SegmentOutcome> {
    const { retry: settings, clock, random, queue = noQueue } = this.#options;
    return retrying(() => queue(task, () => this.#try(task, signal), signal), {
      settings,
      clock,
      random,
      signal,
    });
  }

  #try(task: SegmentTask, signal: AbortSignal | undefined): Promise<SegmentOutcome> {
    const { limiter } = this.#options;
    const run = async () => {
      const outcome = await this.#inner.fetch(task, signal);
      limiter.received(storedBytes(outcome));
      return outcome;
    };
    return limiter.admit({ priority: 'read' }, run, signal);
  }
}

/** What an outcome took over the wire, as far as it tells. */
function storedBytes(outcome: SegmentOutcome): number {
  if (outcome.status === 'fetched') return outcome.segment.storedBytes;
  return outcome.status === 'corrupt' ? outcome.bytes.byteLength : 0;
}
