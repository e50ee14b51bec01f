import { type Gauge, Histogram, type Registry } from 'prom-client';
import { gauge } from './gauges.ts';
import { type Total, total, totalsBy } from './totals.ts';

/** How polling stands. */
export interface PollsReading {
  /** Wall clock of the last complete poll, ms since the epoch; 0 before the first. */
  readonly lastSuccessAt: number;
  /** Polls that failed since then. */
  readonly failures: number;
}

/** Looks for news: a poll is a LIST of the tips and GETs of new parked batches. */
export class Polls {
  readonly #polls: Readonly<Record<'ok' | 'failed', Total>>;
  readonly #duration: Histogram;
  readonly #requests: Total;
  readonly #advanced: Total;
  readonly #lastSuccess: Gauge;
  readonly #failures: Gauge;

  constructor(registry: Registry) {
    this.#polls = totalsBy(registry, {
      name: 'polls',
      help: 'Polls that were complete, and that failed.',
      label: 'result',
      values: ['ok', 'failed'],
    });
    this.#duration = new Histogram({
      name: 'bucketcast_poll_duration_seconds',
      help: 'Time that a complete poll took.',
      buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers: [registry],
    });
    this.#requests = total(registry, {
      name: 'poll_requests',
      help: 'Requests that complete polls made; one each while the fleet is idle and small.',
    });
    this.#advanced = total(registry, {
      name: 'poll_lanes_advanced',
      help: 'Lanes that a poll found to reach further than before.',
    });
    this.#lastSuccess = gauge(registry, {
      name: 'poll_last_success_timestamp_seconds',
      help: "This host's time of the last complete poll, seconds since the epoch; 0 before the first.",
    });
    this.#failures = gauge(registry, {
      name: 'poll_consecutive_failures',
      help: 'Polls that have failed since the last complete one.',
    });
  }

  complete(poll: {
    readonly advanced: number;
    readonly requests: number;
    readonly durationMs: number;
  }): void {
    this.#polls.ok.add();
    this.#duration.observe(poll.durationMs / 1000);
    this.#requests.add(poll.requests);
    this.#advanced.add(poll.advanced);
  }

  failed(): void {
    this.#polls.failed.add();
  }

  /** At each scrape. */
  set({ lastSuccessAt, failures }: PollsReading): void {
    this.#lastSuccess.set(lastSuccessAt / 1000);
    this.#failures.set(failures);
  }
}
