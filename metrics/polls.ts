import { Counter, Histogram, type Registry } from 'prom-client';

/** Looks for news: a poll is a LIST of the tips and GETs of new parked batches. */
export class Polls {
  readonly #polls: Counter<'result'>;
  readonly #duration: Histogram;
  readonly #requests: Counter;
  readonly #advanced: Counter;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#polls = new Counter({
      name: 'bucketcast_polls_total',
      help: 'Polls that were complete, and that failed.',
      labelNames: ['result'],
      registers,
    });
    this.#duration = new Histogram({
      name: 'bucketcast_poll_duration_seconds',
      help: 'Time that a complete poll took.',
      buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers,
    });
    this.#requests = new Counter({
      name: 'bucketcast_poll_requests_total',
      help: 'Requests that complete polls made; one each while the fleet is idle and small.',
      registers,
    });
    this.#advanced = new Counter({
      name: 'bucketcast_poll_lanes_advanced_total',
      help: 'Lanes that a poll found to reach further than before.',
      registers,
    });
    for (const result of ['ok', 'failed']) this.#polls.inc({ result }, 0);
  }

  complete(poll: {
    readonly advanced: number;
    readonly requests: number;
    readonly durationMs: number;
  }): void {
    this.#polls.inc({ result: 'ok' });
    this.#duration.observe(poll.durationMs / 1000);
    this.#requests.inc(poll.requests);
    this.#advanced.inc(poll.advanced);
  }

  failed(): void {
    this.#polls.inc({ result: 'failed' });
  }
}
