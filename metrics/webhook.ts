import { type Gauge, Histogram, type Registry } from 'prom-client';
import { gauge } from './gauges.ts';
import { type Total, totalsBy } from './totals.ts';

export const webhookResults = [
  /** 2xx. */
  'accepted',
  /** A status that blames the updates. */
  'refused',
  /** A redirect, or a status that says that the endpoint or the rights are wrong. */
  'misdirected',
  /** 408, 425 or 429. */
  'throttled',
  /** 5xx. */
  'failed',
  /** No connection, or a broken one. */
  'unreachable',
  'timeout',
  /** A private address that is not allowed. */
  'forbidden',
  /** Given up by the node, which stops. */
  'aborted',
] as const;
export type WebhookResult = (typeof webhookResults)[number];

export interface WebhookExchange {
  readonly result: WebhookResult;
  readonly seconds: number;
}

/** What counts requests to webhooks. */
export type WebhookMeter = Pick<Webhook, 'observe'>;

/** Requests of webhook sinks, all endpoints together: URLs are secrets, and there may be many. */
export class Webhook {
  readonly #requests: Readonly<Record<WebhookResult, Total>>;
  readonly #duration: Histogram;
  readonly #broken: Gauge;

  constructor(registry: Registry) {
    this.#requests = totalsBy(registry, {
      name: 'webhook_requests',
      help: 'Requests to webhooks by what came of them.',
      label: 'result',
      values: webhookResults,
    });
    this.#duration = new Histogram({
      name: 'bucketcast_webhook_request_duration_seconds',
      help: 'Time from sending a request to a webhook to the end of its answer.',
      buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers: [registry],
    });
    this.#broken = gauge(registry, {
      name: 'webhook_endpoints_broken',
      help: 'Endpoints of webhooks that are left alone just now, since they failed.',
    });
  }

  observe({ result, seconds }: WebhookExchange): void {
    this.#requests[result].add();
    this.#duration.observe(seconds);
  }

  /** At each scrape. */
  set({ broken }: { readonly broken: number }): void {
    this.#broken.set(broken);
  }
}
