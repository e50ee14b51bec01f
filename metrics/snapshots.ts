import type { Gauge, Registry } from 'prom-client';
import { gauge } from './gauges.ts';

/** How the snapshots of the fleet stand, as a node sees it that may write them. */
export interface SnapshotsReading {
  readonly complete: number;
  readonly newest?: { readonly ageMs: number; readonly urls: number; readonly bytes: number };
  readonly overdueMs: number;
  readonly isWriting: boolean;
}

/** Snapshots of the index of URLs. Set at each scrape; all 0 where the node is not to write any. */
export class Snapshots {
  readonly #complete: Gauge;
  readonly #age: Gauge;
  readonly #urls: Gauge;
  readonly #bytes: Gauge;
  readonly #overdue: Gauge;
  readonly #writing: Gauge;

  constructor(registry: Registry) {
    this.#complete = gauge(registry, { name: 'snapshots', help: 'Complete snapshots in the bucket.' });
    this.#age = gauge(registry, {
      name: 'snapshot_age_seconds',
      help: 'Age of the newest complete snapshot by the store’s clock; 0 without any.',
    });
    this.#urls = gauge(registry, { name: 'snapshot_urls', help: 'URLs in the newest complete snapshot.' });
    this.#bytes = gauge(registry, {
      name: 'snapshot_bytes',
      help: 'Size of the newest complete snapshot as stored.',
    });
    this.#overdue = gauge(registry, {
      name: 'snapshot_overdue_seconds',
      help: 'For so long this node has seen no snapshot that is young enough.',
    });
    this.#writing = gauge(registry, {
      name: 'snapshot_writing',
      help: 'Whether this node writes a snapshot just now, 0 or 1.',
    });
  }

  set({ complete, newest, overdueMs, isWriting }: SnapshotsReading): void {
    this.#complete.set(complete);
    this.#age.set((newest?.ageMs ?? 0) / 1000);
    this.#urls.set(newest?.urls ?? 0);
    this.#bytes.set(newest?.bytes ?? 0);
    this.#overdue.set(overdueMs / 1000);
    this.#writing.set(isWriting ? 1 : 0);
  }
}
