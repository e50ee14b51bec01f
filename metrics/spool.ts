import type { Gauge, Registry } from 'prom-client';
import { gauge } from './gauges.ts';
import { type Total, total } from './totals.ts';

/** How the spool stands. */
export interface SpoolReading {
  readonly bytes: number;
  readonly updates: number;
  /** Of the update that waits longest; 0 when the spool is empty. */
  readonly oldestAgeMs: number;
  /** `spool.maxBytes`; 0 while the spool is off. */
  readonly maxBytes: number;
  /** Updates refused since the start. */
  readonly refused: number;
}

/** Updates on this host's disk that are not in the bucket yet. Set at each scrape; all 0 where it is off. */
export class Spool {
  readonly #bytes: Gauge;
  readonly #updates: Gauge;
  readonly #oldest: Gauge;
  readonly #limit: Gauge;
  readonly #refused: Total;

  constructor(registry: Registry) {
    this.#bytes = gauge(registry, { name: 'spool_bytes', help: 'Bytes in the spool.' });
    this.#updates = gauge(registry, { name: 'spool_updates', help: 'Updates in the spool.' });
    this.#oldest = gauge(registry, {
      name: 'spool_oldest_age_seconds',
      help: 'Age of the update that has waited longest in the spool; 0 when it is empty.',
    });
    this.#limit = gauge(registry, {
      name: 'spool_limit_bytes',
      help: 'Bytes beyond which the spool refuses updates: spool.maxBytes; 0 while it is off.',
    });
    this.#refused = total(registry, {
      name: 'spool_refused',
      help: 'Updates that the spool refused: it was full, or the disk was.',
    });
  }

  set({ bytes, updates, oldestAgeMs, maxBytes, refused }: SpoolReading): void {
    this.#bytes.set(bytes);
    this.#updates.set(updates);
    this.#oldest.set(oldestAgeMs / 1000);
    this.#limit.set(maxBytes);
    this.#refused.set(refused);
  }
}
