import type { Gauge, Registry } from 'prom-client';
import { gauge } from './gauges.ts';

/** How the threads of handler modules stand, those of all subscriptions together. */
export interface HandlersReading {
  readonly threads: readonly {
    readonly alive: boolean;
    readonly calls: number;
    /** Part of the time since the last look that the thread was busy, 0..1. */
    readonly utilisation: number;
  }[];
}

/** The worker threads that run handlers of subscriptions. */
export class Handlers {
  readonly #threads: Gauge;
  readonly #calls: Gauge;
  readonly #utilisation: Gauge;
  readonly #busiest: Gauge;

  constructor(registry: Registry) {
    this.#threads = gauge(registry, { name: 'handler_threads', help: 'Threads of handlers alive.' });
    this.#calls = gauge(registry, {
      name: 'handler_calls',
      help: 'Calls of handlers that run, or wait in a thread.',
    });
    this.#utilisation = gauge(registry, {
      name: 'handler_utilisation_ratio',
      help: 'Part of the time that the threads of handlers are busy, on average of those alive, 0..1.',
    });
    this.#busiest = gauge(registry, {
      name: 'handler_utilisation_max_ratio',
      help: 'Part of the time that the busiest thread of a handler is busy, 0..1.',
    });
  }

  /** At each scrape. */
  set({ threads }: HandlersReading): void {
    const alive = threads.filter((thread) => thread.alive);
    const busy = alive.reduce((sum, { utilisation }) => sum + utilisation, 0);
    this.#threads.set(alive.length);
    this.#calls.set(threads.reduce((sum, { calls }) => sum + calls, 0));
    this.#utilisation.set(alive.length === 0 ? 0 : busy / alive.length);
    this.#busiest.set(Math.max(0, ...alive.map(({ utilisation }) => utilisation)));
  }
}
