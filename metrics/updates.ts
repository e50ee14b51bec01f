import { Counter, Histogram, type Registry } from 'prom-client';

/** Updates that this node publishes and delivers, and how long each takes. */
export class Updates {
  readonly #updates: Counter<'direction' | 'result'>;
  readonly #publish: Histogram;
  readonly #delivery: Histogram;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#updates = new Counter({
      name: 'bucketcast_updates_total',
      help: 'Updates published (durable, or rejected) and delivered (acknowledged by a sink, or failed there).',
      labelNames: ['direction', 'result'],
      registers,
    });
    this.#publish = new Histogram({
      name: 'bucketcast_publish_duration_seconds',
      help: 'Time from publish() until the update is durable.',
      buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
      registers,
    });
    this.#delivery = new Histogram({
      name: 'bucketcast_delivery_delay_seconds',
      help: "Time from publication (the publisher's clock) to acknowledgement by a sink.",
      buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 21_600, 86_400],
      registers,
    });
    for (const result of ['ok', 'failed']) {
      for (const direction of ['published', 'delivered']) this.#updates.inc({ direction, result }, 0);
    }
  }

  /** One update is durable, `seconds` after `publish()` was called. */
  published(seconds: number): void {
    this.#updates.inc({ direction: 'published', result: 'ok' });
    this.#publish.observe(seconds);
  }

  publishFailed(): void {
    this.#updates.inc({ direction: 'published', result: 'failed' });
  }

  /** A sink has acknowledged `count` updates, of which the oldest was `delaySeconds` old. */
  delivered(count: number, delaySeconds: number): void {
    this.#updates.inc({ direction: 'delivered', result: 'ok' }, count);
    this.#delivery.observe(Math.max(0, delaySeconds));
  }

  /** A sink did not take `count` updates; they are delivered again or become dead letters. */
  deliveryFailed(count: number): void {
    this.#updates.inc({ direction: 'delivered', result: 'failed' }, count);
  }
}
