import { Counter, Gauge, type Registry } from 'prom-client';

/** How the threads stand. */
export interface PoolReading {
  readonly threads: readonly {
    readonly alive: boolean;
    readonly running: number;
    readonly waiting: number;
    /** Part of the time since the last look that the thread was busy, 0..1. */
    readonly utilisation: number;
  }[];
}

/** The worker threads that fetch segments. */
export class Pool {
  readonly #threads: Gauge;
  readonly #fetches: Gauge<'state'>;
  readonly #utilisation: Gauge;
  readonly #lost: Counter;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#threads = new Gauge({ name: 'bucketcast_pool_threads', help: 'Worker threads alive.', registers });
    this.#fetches = new Gauge({
      name: 'bucketcast_pool_fetches',
      help: 'Fetches running in, or waiting for, a thread.',
      labelNames: ['state'],
      registers,
    });
    this.#utilisation = new Gauge({
      name: 'bucketcast_pool_utilisation_ratio',
      help: 'Part of the time that the threads are busy, on average, 0..1.',
      registers,
    });
    this.#lost = new Counter({
      name: 'bucketcast_pool_threads_lost_total',
      help: 'Worker threads that ended unasked.',
      registers,
    });
  }

  /** From the pool's snapshot, at each scrape. */
  set({ threads }: PoolReading): void {
    const sum = (of: (thread: PoolReading['threads'][number]) => number) =>
      threads.reduce((total, thread) => total + of(thread), 0);
    this.#threads.set(sum(({ alive }) => Number(alive)));
    this.#fetches.set(
      { state: 'running' },
      sum(({ running }) => running),
    );
    this.#fetches.set(
      { state: 'waiting' },
      sum(({ waiting }) => waiting),
    );
    this.#utilisation.set(threads.length === 0 ? 0 : sum(({ utilisation }) => utilisation) / threads.length);
  }

  threadLost(): void {
    this.#lost.inc();
  }
}
