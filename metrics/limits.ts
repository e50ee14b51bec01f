import { Gauge, type Registry } from 'prom-client';

/** How the host's limiter stands. */
export interface LimitsReading {
  readonly inFlight: number;
  readonly concurrency: number;
  readonly maxConcurrency: number;
  readonly waiting: number;
}

/** The limiter that admits every request of this host. Set from its snapshot at each scrape. */
export class Limits {
  readonly #inFlight: Gauge;
  readonly #concurrency: Gauge;
  readonly #maxConcurrency: Gauge;
  readonly #waiting: Gauge;

  constructor(registry: Registry) {
    const gauge = (name: string, help: string) =>
      new Gauge({ name: `bucketcast_limiter_${name}`, help, registers: [registry] });
    this.#inFlight = gauge('requests_in_flight', 'Requests to the store under way.');
    this.#concurrency = gauge('concurrency', 'Requests that may be under way at once just now.');
    this.#maxConcurrency = gauge('concurrency_max', 'The same while the store throttles nothing, as set.');
    this.#waiting = gauge('requests_waiting', 'Requests waiting to be admitted.');
  }

  set(reading: LimitsReading): void {
    this.#inFlight.set(reading.inFlight);
    this.#concurrency.set(reading.concurrency);
    this.#maxConcurrency.set(reading.maxConcurrency);
    this.#waiting.set(reading.waiting);
  }
}
