import type { Gauge, Registry } from 'prom-client';
import { gauge, gaugeBy } from './gauges.ts';
import { type Total, total } from './totals.ts';

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
  readonly #busiest: Gauge;
  readonly #lost: Total;

  constructor(registry: Registry) {
    this.#threads = gauge(registry, { name: 'pool_threads', help: 'Worker threads alive.' });
    this.#fetches = gaugeBy(registry, {
      name: 'pool_fetches',
      help: 'Fetches running in, or waiting for, a thread.',
      label: 'state',
    });
    this.#utilisation = gauge(registry, {
      name: 'pool_utilisation_ratio',
      help: 'Part of the time that the threads are busy, on average, 0..1.',
    });
    this.#busiest = gauge(registry, {
      name: 'pool_utilisation_max_ratio',
      help: 'Part of the time that the busiest thread is busy, 0..1.',
    });
    this.#lost = total(registry, {
      name: 'pool_threads_lost',
      help: 'Worker threads that ended unasked.',
    });
    this.set({ threads: [] });
  }

  /** From the pool's snapshot, at each scrape. */
  set({ threads }: PoolReading): void {
    const sum = (of: (thread: PoolReading['threads'][number]) => number) =>
      threads.reduce((added, thread) => added + of(thread), 0);
    const busy = sum(({ utilisation }) => utilisation);
    this.#threads.set(sum(({ alive }) => Number(alive)));
    this.#fetches.set(
      { state: 'running' },
      sum(({ running }) => running),
    );
    this.#fetches.set(
      { state: 'waiting' },
      sum(({ waiting }) => waiting),
    );
    this.#utilisation.set(threads.length === 0 ? 0 : busy / threads.length);
    this.#busiest.set(Math.max(0, ...threads.map(({ utilisation }) => utilisation)));
  }

  threadLost(): void {
    this.#lost.add();
  }
}
