import type { Gauge, Registry } from 'prom-client';
import { gauge } from './gauges.ts';

/** What could not be delivered and waits for somebody to look at it. */
export interface DeadLettersReading {
  readonly count: number;
  /** 0 when there is none. */
  readonly oldestAgeMs: number;
}

/** The dead letters in the state database; those made are counted by `Losses`. */
export class DeadLetters {
  readonly #kept: Gauge;
  readonly #oldest: Gauge;

  constructor(registry: Registry) {
    this.#kept = gauge(registry, {
      name: 'dead_letters_kept',
      help: 'Dead letters that are neither replayed nor dropped.',
    });
    this.#oldest = gauge(registry, {
      name: 'dead_letters_oldest_age_seconds',
      help: 'Age of the oldest dead letter kept; 0 without any.',
    });
  }

  /** At each scrape. */
  set({ count, oldestAgeMs }: DeadLettersReading): void {
    this.#kept.set(count);
    this.#oldest.set(oldestAgeMs / 1000);
  }
}
