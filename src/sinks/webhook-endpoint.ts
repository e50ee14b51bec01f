import type { Clock } from '../base/clock.ts';
import {
  admit,
  type Breaker,
  type BreakerRule,
  closedBreaker,
  ended,
  type RequestEnd,
  type Ticket,
} from './circuit-breaker.ts';

export interface EndpointRule extends BreakerRule {
  /** Requests under way at once. Where subscriptions differ, each keeps to its own. */
  readonly concurrency: number;
}

export type Entry =
  /** The ticket has to be handed to `leave`. */
  | { readonly type: 'go'; readonly ticket: Ticket }
  /** The endpoint is left alone for `ms` from now, because of `reason`. */
  | { readonly type: 'rest'; readonly ms: number; readonly reason: string }
  | { readonly type: 'aborted' };

interface Waiter {
  readonly rule: EndpointRule;
  readonly answer: (entry: Entry) => void;
}

/** Lets requests to one endpoint through: so many at once, first come first served, none while it is left alone. */
export class WebhookEndpoint {
  readonly #clock: Clock;
  #breaker: Breaker = closedBreaker;
  #underWay = 0;
  #reason = '';
  readonly #waiting = new Set<Waiter>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isBroken(): boolean {
    return this.#breaker.state !== 'closed';
  }

  /** Resolves when a request may go, at once while the endpoint is left alone, or on abort. */
  enter(rule: EndpointRule, signal: AbortSignal): Promise<Entry> {
    return new Promise((resolve) => {
      const answer = (entry: Entry) => {
        this.#waiting.delete(waiter);
        signal.removeEventListener('abort', onAbort);
        resolve(entry);
      };
      const onAbort = () => answer({ type: 'aborted' });
      const waiter: Waiter = { rule, answer };
      if (signal.aborted) {
        onAbort();
        return;
      }
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiting.add(waiter);
      this.#admit();
    });
  }

  /** The request that `ticket` was for has ended; `reason` says why it failed. */
  leave(ticket: Ticket, rule: EndpointRule, end: RequestEnd, reason = ''): void {
    this.#underWay -= 1;
    this.#breaker = ended(this.#breaker, { ticket, end, rule }, this.#clock.monotonic());
    if (end.type === 'failed') this.#reason = reason;
    this.#admit();
  }

  /** How long it is left alone from now, ms; 0 when it is not. */
  get restMs(): number {
    const admission = admit(this.#breaker, this.#clock.monotonic());
    return admission.type === 'rest' ? admission.ms : 0;
  }

  #admit(): void {
    for (const waiter of this.#waiting) {
      const admission = admit(this.#breaker, this.#clock.monotonic());
      if (admission.type === 'rest') {
        waiter.answer({ type: 'rest', ms: admission.ms, reason: this.#reason });
        continue;
      }
      // Whoever comes first goes first, so one that bears little at once is not passed by for ever.
      if (admission.type === 'wait' || this.#underWay >= waiter.rule.concurrency) return;
      this.#breaker = admission.breaker;
      this.#underWay += 1;
      waiter.answer({ type: 'go', ticket: admission.ticket });
    }
  }
}
