import { type Gauge, Histogram, type Registry } from 'prom-client';
import { gauge } from './gauges.ts';
import { type Total, total, totalsBy } from './totals.ts';

/** How the host's limiter stands. */
export interface LimitsReading {
  readonly inFlight: number;
  readonly concurrency: number;
  readonly maxConcurrency: number;
  readonly waiting: number;
  /** Refusals by the store, and cuts of the concurrency in answer to them, since the start. */
  readonly throttled: number;
  readonly cuts: number;
}

const waitReasons = ['in_flight', 'rate', 'upload', 'download'] as const;
/** What a request waited for: its turn among those under way, requests a second, bytes a second. */
export type WaitReason = (typeof waitReasons)[number];

/** What is told of every request that is admitted. */
export type WaitMeter = Pick<Limits, 'admitted'>;

/** The limiter that admits every request of this host. Set from its snapshot at each scrape. */
export class Limits {
  readonly #inFlight: Gauge;
  readonly #concurrency: Gauge;
  readonly #maxConcurrency: Gauge;
  readonly #waiting: Gauge;
  readonly #throttled: Total;
  readonly #cuts: Total;
  readonly #waits: Readonly<Record<WaitReason, Total>>;
  readonly #wait: Histogram;

  constructor(registry: Registry) {
    const limiterGauge = (name: string, help: string) => gauge(registry, { name: `limiter_${name}`, help });
    this.#inFlight = limiterGauge('requests_in_flight', 'Requests to the store under way.');
    this.#concurrency = limiterGauge('concurrency', 'Requests that may be under way at once just now.');
    this.#maxConcurrency = limiterGauge(
      'concurrency_max',
      'Requests that may be under way at once while the store throttles nothing: limits.requestsInFlight.',
    );
    this.#waiting = limiterGauge('requests_waiting', 'Requests waiting to be admitted.');
    this.#throttled = total(registry, {
      name: 'limiter_throttled',
      help: 'Requests that the store refused because there were too many (503, 429).',
    });
    this.#cuts = total(registry, {
      name: 'limiter_cuts',
      help: 'Times that the concurrency was halved because the store throttled.',
    });
    this.#waits = totalsBy(registry, {
      name: 'limiter_waits',
      help: 'Requests that had to wait, by what for; one can wait for several.',
      label: 'reason',
      values: waitReasons,
    });
    this.#wait = new Histogram({
      name: 'bucketcast_limiter_wait_seconds',
      help: 'Time that requests waited to be admitted.',
      buckets: [0.001, 0.01, 0.1, 0.5, 1, 5, 10, 30, 60, 300],
      registers: [registry],
    });
  }

  /** A request goes ahead after `seconds`, having waited for these. */
  admitted(seconds: number, reasons: readonly WaitReason[]): void {
    this.#wait.observe(seconds);
    for (const reason of reasons) this.#waits[reason].add();
  }

  set(reading: LimitsReading): void {
    this.#inFlight.set(reading.inFlight);
    this.#concurrency.set(reading.concurrency);
    this.#maxConcurrency.set(reading.maxConcurrency);
    this.#waiting.set(reading.waiting);
    this.#throttled.set(reading.throttled);
    this.#cuts.set(reading.cuts);
  }
}
