import type { Gauge, Registry } from 'prom-client';
import { gauge } from './gauges.ts';
import { type Total, total, totalsBy } from './totals.ts';

/** How the reading of the objects layout stands. */
export interface ObjectsReading {
  readonly poll: { readonly keys: number; readonly durationMs: number };
  readonly known: { readonly keys: number; readonly bytes: number };
  readonly subscriptions: readonly { readonly lag: number }[];
}

/** The objects layout: what listings of it find. What of that is fetched and delivered counts with everything else. */
export class Objects {
  readonly #listings: Readonly<Record<'ok' | 'failed', Total>>;
  readonly #pages: Total;
  readonly #found: Total;
  readonly #listedKeys: Gauge;
  readonly #duration: Gauge;
  readonly #pending: Gauge;
  readonly #known: Gauge;
  readonly #knownBytes: Gauge;

  constructor(registry: Registry) {
    this.#listings = totalsBy(registry, {
      name: 'objects_listings',
      help: 'Listings of the objects layout that were complete, and that failed.',
      label: 'result',
      values: ['ok', 'failed'],
    });
    this.#pages = total(registry, {
      name: 'objects_listing_pages',
      help: 'LISTs that complete listings of the objects layout took.',
    });
    this.#found = total(registry, {
      name: 'objects_found',
      help: 'Versions of objects that were new to a subscription, counted for each.',
    });
    this.#listedKeys = gauge(registry, {
      name: 'objects_listed',
      help: 'Keys of the objects layout in the last complete listing.',
    });
    this.#duration = gauge(registry, {
      name: 'objects_listing_duration_seconds',
      help: 'Time that the last complete listing of the objects layout took.',
    });
    this.#pending = gauge(registry, {
      name: 'objects_pending',
      help: 'Versions of objects found and not yet acknowledged, of all subscriptions.',
    });
    this.#known = gauge(registry, {
      name: 'objects_known',
      help: 'Versions of objects that subscriptions remember so as not to read them again, of all subscriptions.',
    });
    this.#knownBytes = gauge(registry, {
      name: 'objects_known_bytes',
      help: 'Memory of the main thread for remembering them.',
    });
  }

  listed({ found, pages }: { readonly found: number; readonly pages: number }): void {
    this.#listings.ok.add();
    this.#pages.add(pages);
    this.#found.add(found);
  }

  failed(): void {
    this.#listings.failed.add();
  }

  /** At each scrape; `undefined` while nobody reads the objects layout. */
  set(reading: ObjectsReading | undefined): void {
    this.#listedKeys.set(reading?.poll.keys ?? 0);
    this.#duration.set((reading?.poll.durationMs ?? 0) / 1000);
    this.#pending.set(reading?.subscriptions.reduce((sum, { lag }) => sum + lag, 0) ?? 0);
    this.#known.set(reading?.known.keys ?? 0);
    this.#knownBytes.set(reading?.known.bytes ?? 0);
  }
}
