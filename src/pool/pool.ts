import { BucketcastError, closedError } from '../base/errors.ts';
import { settledWithin } from '../base/settled-within.ts';
import type { Settings } from '../config/settings.ts';
import type { Answer, JobKind, JobRunner, Task } from './job.ts';
import { jobRules } from './job-rules.ts';
import { LimitedRunner, type LimitedRunnerOptions } from './limited-runner.ts';
import { PoolThread, type PoolThreadParts } from './pool-thread.ts';
import { ShardMap } from './shard-map.ts';
import { threadCount } from './thread-count.ts';

export type PoolParts = Omit<PoolThreadParts, 'fetches'> & Omit<LimitedRunnerOptions, 'queue'>;

export interface PoolSnapshot {
  readonly threads: readonly {
    readonly id: number;
    readonly alive: boolean;
    /** Fetches in it, and waiting for it. */
    readonly running: number;
    readonly waiting: number;
    /** Part of the time since the last look that it was busy, 0..1. */
    readonly utilisation: number;
    /** What it works for: lanes, `<writer>/<lane>`. */
    readonly shards: readonly string[];
  }[];
  /** Fetches not yet answered. */
  readonly pending: number;
}

/**
 * Does jobs in worker threads, each with its own connections. What belongs together is a shard (`job-rules.ts`): it goes
 * to one thread by rendezvous hashing, to another while that one is lost, and to others as well while it is crowded. The main thread admits every try,
 * retries, and counts; bytes are moved to it, never copied. A lost thread costs the jobs in it a try.
 */
export class Pool implements JobRunner {
  readonly #threads: readonly PoolThread[];
  readonly #limited: LimitedRunner;
  readonly #shards = new ShardMap();
  readonly #parts: PoolParts;
  readonly #pending = new Set<Promise<unknown>>();
  #stopping: Promise<void> | undefined;
  #ended = false;

  constructor(settings: Settings['pool'], parts: PoolParts) {
    const count = threadCount(settings);
    const fetches = settings.fetchesPerThread;
    this.#parts = parts;
    this.#threads = Array.from({ length: count }, (_, id) => new PoolThread(id, { ...parts, fetches }));
    this.#limited = new LimitedRunner(
      { run: (kind, task, signal) => this.#threadOf(kind, task).run(kind, task, signal) },
      {
        ...parts,
        queue: async (kind, task, run, signal) => {
          const thread = this.#threadOf(kind, task);
          // One that was lost meanwhile has passed its shards on.
          return thread.slot(kind, () => run(thread.alive ? thread : undefined), signal);
        },
      },
    );
  }

  start(): void {
    for (const thread of this.#threads) if (!thread.alive) thread.start();
  }

  async run<K extends JobKind>(kind: K, task: Task<K>, signal?: AbortSignal): Promise<Answer<K>> {
    if (this.#stopping) throw closedError('the worker pool');
    const answer = this.#limited.run(kind, task, signal);
    this.#pending.add(answer);
    try {
      return await answer;
    } finally {
      this.#pending.delete(answer);
    }
  }

  /** The keys of its data have changed. Resolves when every thread has them, or is lost: a new one is started with them. */
  async rekeyed(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.rekeyed()));
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

  #threadOf<K extends JobKind>(kind: K, task: Task<K>): PoolThread {
    if (this.#ended) throw closedError('the worker pool');
    const alive = this.#threads.filter((thread) => thread.alive);
    const id = this.#shards.place(jobRules[kind].shard(task), alive);
    if (id === undefined)
      throw new BucketcastError('store-unavailable', 'no worker thread is alive just now');
    return this.#threads[id] as PoolThread;
  }

  async #stop(timeoutMs: number): Promise<void> {
    if (timeoutMs > 0) await settledWithin(this.#parts.clock, timeoutMs, Promise.allSettled(this.#pending));
    this.#ended = true;
    await Promise.all(this.#threads.map((thread) => thread.stop()));
  }
}
