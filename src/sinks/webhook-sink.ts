import type { LookupFunction } from 'node:net';
import type { WebhookMeter } from '../../metrics/webhook.ts';
import type { Clock } from '../base/clock.ts';
import { BucketcastError, closedError, PoisonError } from '../base/errors.ts';
import type { Update } from '../base/update.ts';
import type { SinkOf } from '../config/sink-settings.ts';
import { AcceptedUpdates } from './accepted-updates.ts';
import type { RequestEnd } from './circuit-breaker.ts';
import type { Sink, SinkControl } from './sink.ts';
import { WebhookClient } from './webhook-client.ts';
import type { WebhookEndpoint } from './webhook-endpoint.ts';
import type { WebhookEndpoints } from './webhook-endpoints.ts';
import type { WebhookOutcome } from './webhook-outcome.ts';
import { chainsOf, deliveryId, requestsOf, type WebhookRequest } from './webhook-request.ts';
import { WebhookTarget } from './webhook-target.ts';

export interface WebhookParts {
  /** Name of the subscription; each request tells it. */
  readonly subscription: string;
  readonly clock: Clock;
  /** One for all webhooks of the process. */
  readonly endpoints: WebhookEndpoints;
  readonly metrics?: WebhookMeter;
  /** What resolves names. Default: the system. */
  readonly lookup?: LookupFunction;
}

/** One call of `deliver`. */
interface Delivery {
  readonly accepted: AcceptedUpdates;
  /** Nobody waits any more: requests under way are given up. */
  readonly signal: AbortSignal;
  /** Something failed: no more requests are begun. */
  readonly stopped: AbortSignal;
}

/**
 * POSTs updates to an HTTP endpoint: see docs/sinks.md for what it sends and how it takes answers. What was accepted is
 * acknowledged as soon as everything before it was, and is not sent again when the rest is.
 */
export class WebhookSink implements Sink {
  readonly #settings: SinkOf<'webhook'>;
  readonly #parts: WebhookParts;
  readonly #target: WebhookTarget;
  readonly #endpoint: WebhookEndpoint;
  readonly #client: WebhookClient;
  readonly #taken = new WeakSet<Update>();
  readonly #closing = new AbortController();

  /** Throws `invalid-settings` for a URL, an address or headers that cannot be used. */
  constructor(settings: SinkOf<'webhook'>, parts: WebhookParts) {
    this.#settings = settings;
    this.#parts = parts;
    this.#target = new WebhookTarget(settings, parts.subscription);
    this.#endpoint = parts.endpoints.at(this.#target.url);
    const { timeoutMs, allowPrivate } = settings;
    this.#client = new WebhookClient(this.#target, {
      timeoutMs,
      allowPrivate,
      lookup: parts.lookup,
      clock: parts.clock,
    });
  }

  async deliver(updates: readonly Update[], control: SinkControl): Promise<void> {
    const signal = AbortSignal.any([control.signal, this.#closing.signal]);
    const stopping = new AbortController();
    const stopped = AbortSignal.any([signal, stopping.signal]);
    const accepted = new AcceptedUpdates(updates, this.#taken, control.ack);
    const errors: unknown[] = [];
    const chains = chainsOf(accepted.missing, this.#settings.concurrency).map(async (chain) => {
      try {
        await this.#sendChain(chain, { accepted, signal, stopped });
      } catch (error) {
        errors.push(error);
        stopping.abort();
      }
    });
    // Not before the last of them is through: what is sent again must not meet its first sending.
    await Promise.all(chains);
    if (signal.aborted && accepted.missing.length > 0) throw closedError('the delivery', signal);
    if (errors.length > 0) throw gravest(errors);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#client.close();
  }

  async #sendChain(chain: readonly Update[], delivery: Delivery): Promise<void> {
    for (const request of requestsOf(chain, this.#settings)) {
      const entry = await this.#endpoint.enter(this.#settings, delivery.stopped);
      if (entry.type === 'aborted') return;
      if (entry.type === 'rest') {
        const message = `${this.#target.origin} is left alone for ${Math.ceil(entry.ms / 1000)} s, since it ${entry.reason}`;
        throw this.#unavailable(message, entry.ms);
      }
      const outcome = await this.#send(request, delivery.signal);
      this.#endpoint.leave(entry.ticket, this.#settings, endOf(outcome), outcome.message);
      if (outcome.result === 'aborted') return;
      if (outcome.result !== 'accepted') throw this.#errorOf(outcome, request.updates);
      delivery.accepted.add(request.updates);
    }
  }

  async #send({ updates, body }: WebhookRequest, signal: AbortSignal): Promise<WebhookOutcome> {
    const { clock, metrics, subscription } = this.#parts;
    const timestamp = Math.floor(clock.now() / 1000);
    const signature = this.#target.signature(timestamp, body);
    const headers = {
      'bucketcast-subscription': subscription,
      'bucketcast-delivery': deliveryId(subscription, updates),
      'bucketcast-timestamp': String(timestamp),
      ...(signature !== undefined && { 'bucketcast-signature': signature }),
    };
    const begun = clock.monotonic();
    const outcome = await this.#client.post(body, headers, signal);
    metrics?.observe({ result: outcome.result, seconds: (clock.monotonic() - begun) / 1000 });
    return outcome;
  }

  #errorOf(
    { result, message, hint, status, retryAfterMs = 0 }: WebhookOutcome,
    updates: readonly Update[],
  ): Error {
    const what = `${this.#target.origin} ${message}`;
    if (result !== 'refused') {
      return this.#unavailable(what, Math.max(retryAfterMs, this.#endpoint.restMs), hint);
    }
    const [update, ...others] = updates;
    // Of several it does not say which one it means: they come again one by one.
    return update !== undefined && others.length === 0
      ? new PoisonError(what, { update, details: { status } })
      : new PoisonError(`${what} (to ${updates.length} updates at once)`, { details: { status } });
  }

  #unavailable(message: string, retryAfterMs: number, hint?: string): BucketcastError {
    return new BucketcastError('sink-unavailable', message, {
      details: { retryAfterMs, origin: this.#target.origin },
      ...(hint !== undefined && { hint }),
    });
  }
}

/** What a request says of its endpoint. One that blames updates is well. */
function endOf({ result, retryAfterMs }: WebhookOutcome): RequestEnd {
  if (result === 'aborted') return { type: 'given-up' };
  return result === 'accepted' || result === 'refused'
    ? { type: 'worked' }
    : { type: 'failed', retryAfterMs };
}

/** Of several failures, the one to act on: anything unforeseen, then trouble, then blame, which comes again. */
function gravest(errors: readonly unknown[]): unknown {
  const rank = (error: unknown) =>
    error instanceof PoisonError
      ? 2
      : error instanceof BucketcastError && error.code === 'sink-unavailable'
        ? 1
        : 0;
  return errors.toSorted((a, b) => rank(a) - rank(b))[0];
}
