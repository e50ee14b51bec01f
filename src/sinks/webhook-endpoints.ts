import type { Clock } from '../base/clock.ts';
import { WebhookEndpoint } from './webhook-endpoint.ts';

/** The endpoints of all webhooks of a process: what one subscription learns of an endpoint spares the others. */
export class WebhookEndpoints {
  readonly #clock: Clock;
  readonly #endpoints = new Map<string, WebhookEndpoint>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The same for the same origin and path; the query, which may be a token, does not count. */
  at({ origin, pathname }: URL): WebhookEndpoint {
    const key = origin + pathname;
    const known = this.#endpoints.get(key);
    if (known !== undefined) return known;
    const endpoint = new WebhookEndpoint(this.#clock);
    this.#endpoints.set(key, endpoint);
    return endpoint;
  }

  /** How many are left alone just now, or are being tried again. */
  get broken(): number {
    return [...this.#endpoints.values()].filter(({ isBroken }) => isBroken).length;
  }
}
