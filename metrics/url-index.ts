import type { Gauge, Registry } from 'prom-client';
import { gauge } from './gauges.ts';

/** How the index of the newest update of each URL stands. */
export interface UrlIndexReading {
  readonly urls: number;
  /** `index.maxUrls`; 0 while the index is off. */
  readonly maxUrls: number;
  /** URLs forgotten for that, ever. */
  readonly forgotten: number;
  readonly current: boolean;
  readonly lagSeconds: number;
}

const off: UrlIndexReading = { urls: 0, maxUrls: 0, forgotten: 0, current: false, lagSeconds: 0 };

/** The index of the newest update of each URL. Set at each scrape; all 0 where it is off. */
export class UrlIndex {
  readonly #urls: Gauge;
  readonly #limit: Gauge;
  readonly #current: Gauge;
  readonly #lag: Gauge;
  readonly #forgotten: Gauge;

  constructor(registry: Registry) {
    this.#urls = gauge(registry, { name: 'index_urls', help: 'URLs in the index, deleted ones included.' });
    this.#limit = gauge(registry, {
      name: 'index_limit_urls',
      help: 'URLs beyond which the index forgets those updated longest ago: index.maxUrls; 0 while it is off.',
    });
    this.#current = gauge(registry, {
      name: 'index_current',
      help: 'Whether the index has heard of all that the bucket holds and is less than a minute behind.',
    });
    this.#lag = gauge(registry, {
      name: 'index_lag_seconds',
      help: 'Age of the oldest update that is known and not in the index yet.',
    });
    this.#forgotten = gauge(registry, {
      name: 'index_forgotten_urls',
      help: 'URLs that the index has ever forgotten for index.maxUrls, also before the start.',
    });
  }

  set({ urls, maxUrls, forgotten, current, lagSeconds }: UrlIndexReading = off): void {
    this.#urls.set(urls);
    this.#limit.set(maxUrls);
    this.#current.set(current ? 1 : 0);
    this.#lag.set(lagSeconds);
    this.#forgotten.set(forgotten);
  }
}
