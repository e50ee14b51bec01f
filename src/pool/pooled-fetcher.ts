import { availableParallelism } from 'node:os';
import { BucketcastError, closedError } from '../base/errors.ts';
import type { Settings } from '../config/settings.ts';
import { laneKey } from '../log/keys.ts';
import type { SegmentFetcher, SegmentOutcome, SegmentTask } from '../log/segment-fetcher.ts';
import { LimitedFetcher, type LimitedFetcherOptions } from './limited-fetcher.ts';
import { PoolThread, type PoolThreadParts } from './pool-thread.ts';
import { ShardMap } from './shard-map.ts';

export type PooledFetcherParts = Omit<PoolThreadParts, 'fetches'> & Omit<LimitedFetcherOptions, 'queue'>;

export interface PoolSnapshot {
  readonly threads: readonly {
    readonly id: number;
    readonly alive: boolean;
    /** Fetches in it, and waiting for it. */
    readonly running: number;
    readonly waiting: number;
    /** Part of the time since the last look that it was busy, 0..1. */
    readonly utilisation: number;
    /** Lanes it fetches, `<writer>/<lane>`. */
    readonly shards: readonly string[];
  }[];
  /** Fetches not yet answered. */
  readonly pending: number;
}

const mostThreadsByDefault = 4;

/**
 * Fetches in worker threads, each with its own connections. A lane is a shard: it goes to one thread by rendezvous
 * hashing, and to another while that one is lost. The main thread admits every try, retries, and counts; the
 * bytes of a segment are moved to it, never copied. A lost thread costs the fetches in it a try.
 */
export class PooledFetcher implements SegmentFetcher {
  readonly #threads: readonly PoolThread[];
  readonly #limited: LimitedFetcher;
  readonly #shards = new ShardMap();
  readonly #parts: PooledFetcherParts;
  readonly #pending = new Set<Promise<SegmentOutcome>>();
  #stopping: Promise<void> | undefined;
  #ended = false;

  constructor(settings: Settings['pool'], parts: PooledFetcherParts) {
    const count = settings.threads ?? Math.min(availableParallelism(), mostThreadsByDefault);
    const fetches = settings.fetchesPerThread;
    this.#parts = parts;
    this.#threads = Array.from({ length: count }, (_, id) => new PoolThread(id, { ...parts, fetches }));
    this.#limited = new LimitedFetcher(
      { fetch: (task, signal) => this.#threadOf(task).fetch(task, signal) },
      { ...parts, queue: async (task, run, signal) => await this.#threadOf(task).slot(run, signal) },
    );
  }

  start(): void {
    for (const thread of this.#threads) if (!thread.alive) thread.start();
  }

  async fetch(task: SegmentTask, signal?: AbortSignal): Promise<SegmentOutcome> {
    if (this.#stopping) throw closedError('the worker pool');
    const outcome = this.#limited.fetch(task, signal);
    this.#pending.add(outcome);
    try {
      return await outcome;
    } finally {
      this.#pending.delete(outcome);
    }
  }

  /** Takes nothing new, lets what is under way end for `timeoutMs` (default 0), then ends the threads. Idempotent. */
  stop({ timeoutMs = 0 }: { readonly timeoutMs?: number } = {}): Promise<void> {
    this.#stopping ??= this.#stop(timeoutMs);
    return this.#stopping;
  }

  snapshot(): PoolSnapshot {
    const threads = this.#threads.map((thread) => ({
      ...thread.snapshot(),
      shards: this.#shards.of(thread.id),
    }));
    return { threads, pending: this.#pending.size };
  }

  #threadOf(task: SegmentTask): PoolThread {
    if (this.#ended) throw closedError('the worker pool');
    const alive = this.#threads.filter((thread) => thread.alive).map((thread) => thread.id);
    const id = this.#shards.place(laneKey(task), alive);
    if (id === undefined)
      throw new BucketcastError('store-unavailable', 'no worker thread is alive just now');
    return this.#threads[id] as PoolThread;
  }

  async #stop(timeoutMs: number): Promise<void> {
    if (timeoutMs > 0) await this.#drained(timeoutMs);
    this.#ended = true;
    await Promise.all(this.#threads.map((thread) => thread.stop()));
  }

  async #drained(timeoutMs: number): Promise<void> {
    const waiting = new AbortController();
    const late = this.#parts.clock.sleep(timeoutMs, waiting.signal).catch(() => {});
    await Promise.race([Promise.allSettled(this.#pending), late]);
    waiting.abort();
  }
}
