import { Gauge, type Registry } from 'prom-client';

/** What has been fetched and not yet acknowledged, and what cannot go on. */
export class Reading {
  readonly #bytes: Gauge;
  readonly #blocked: Gauge;

  constructor(registry: Registry) {
    this.#bytes = new Gauge({
      name: 'bucketcast_in_flight_bytes',
      help: 'Memory for segments fetched and not yet acknowledged; bounded by limits.bytesInFlight.',
      registers: [registry],
    });
    this.#blocked = new Gauge({
      name: 'bucketcast_lanes_blocked',
      help: 'Lanes waiting for somebody to act: an unknown key, or a newer format.',
      registers: [registry],
    });
  }

  /** At each scrape. */
  setBytesInFlight(bytes: number): void {
    this.#bytes.set(bytes);
  }

  blocked(): void {
    this.#blocked.inc();
  }

  unblocked(): void {
    this.#blocked.dec();
  }
}
