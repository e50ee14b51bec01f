import { Histogram, type Registry } from 'prom-client';
import { type Total, totalsByTwo } from './totals.ts';

/** Where an update was safe when `publish()` resolved. */
export type Durability = 'bucket' | 'spool';

/** Updates that this node publishes and delivers, and how long each takes. */
export class Updates {
  readonly #updates: Readonly<Record<'published' | 'delivered', Readonly<Record<'ok' | 'failed', Total>>>>;
  readonly #publish: Histogram<'durable'>;
  readonly #delivery: Histogram;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#updates = totalsByTwo(registry, {
      name: 'updates',
      help: 'Updates published (durable, or rejected) and delivered (acknowledged by a sink, or failed there).',
      labels: ['direction', 'result'],
      values: [
        ['published', 'delivered'],
        ['ok', 'failed'],
      ],
    });
    this.#publish = new Histogram({
      name: 'bucketcast_publish_duration_seconds',
      help: 'Time from publish() until the update is durable, in the bucket or in the spool.',
      labelNames: ['durable'],
      buckets: [0.001, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
      registers,
    });
    this.#delivery = new Histogram({
      name: 'bucketcast_delivery_delay_seconds',
      help: "Time from publication (the publisher's clock) to acknowledgement by a sink, of the oldest update of each batch.",
      buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 21_600, 86_400],
      registers,
    });
    for (const durable of ['bucket', 'spool'] as const) this.#publish.zero({ durable });
  }

  /** One update is durable, `seconds` after `publish()` was called. */
  published(seconds: number, durable: Durability = 'bucket'): void {
    this.#updates.published.ok.add();
    this.#publish.observe({ durable }, seconds);
  }

  publishFailed(): void {
    this.#updates.published.failed.add();
  }

  /** A sink has acknowledged `count` updates, of which the oldest was `delaySeconds` old. */
  delivered(count: number, delaySeconds: number): void {
    this.#updates.delivered.ok.add(count);
    this.#delivery.observe(Math.max(0, delaySeconds));
  }

  /** A sink did not take `count` updates; they are delivered again or become dead letters. */
  deliveryFailed(count: number): void {
    this.#updates.delivered.failed.add(count);
  }
}
