import { isBucketcastError } from '../base/errors.ts';
import type { Update } from '../base/update.ts';
import type { Deliver, DeliveryControl } from './sink-runner.ts';
import type { Subscription } from './subscription.ts';

type IteratedSubscription = Pick<Subscription, 'stop' | 'ended'>;

/**
 * A subscription as `for await (const update of updates)`. An update is acknowledged when the next one is asked for:
 * leaving the loop in its body keeps that update for the next time. One consumer at a time.
 *
 * Leaving the loop stops the subscription; a subscription that stops ends the loop. One that could not be made lets
 * `next()` throw why, once.
 */
export class UpdateIterator implements AsyncIterableIterator<Update, undefined> {
  readonly #subscription: Promise<IteratedSubscription | undefined>;
  readonly #batches: {
    readonly updates: readonly Update[];
    readonly control: DeliveryControl;
    at: number;
  }[] = [];
  #given: { readonly update: Update; readonly control: DeliveryControl } | undefined;
  #wake: (() => void) | undefined;
  #ended = false;
  #failure: { readonly error: unknown } | undefined;

  /** `subscribe` makes a subscription with this sink and `ack: 'explicit'`. */
  constructor(subscribe: (deliver: Deliver) => Promise<IteratedSubscription>) {
    this.#subscription = subscribe(this.#deliver).catch((error: unknown) => {
      // A node that stops first is no failure of the loop.
      if (!isBucketcastError(error, 'closed')) this.#failure = { error };
      return undefined;
    });
    void this.#subscription.then((subscription) => subscription?.ended).then(() => this.#end());
  }

  /** Hands a batch over to whoever iterates; what is left of an earlier one is void and comes again in this. */
  readonly #deliver: Deliver = (updates, control) => {
    this.#batches.length = 0;
    this.#batches.push({ updates, control, at: 0 });
    this.#wake?.();
  };

  async next(): Promise<IteratorResult<Update, undefined>> {
    await this.#acknowledge();
    for (;;) {
      if (this.#ended) return this.#finish();
      const batch = this.#batches[0];
      const update = batch?.updates[batch.at];
      if (batch !== undefined && update !== undefined && !batch.control.signal.aborted) {
        batch.at += 1;
        this.#given = { update, control: batch.control };
        return { done: false, value: update };
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Ends the iteration; the update given last is not acknowledged. */
  async return(): Promise<IteratorResult<Update, undefined>> {
    this.#failure = undefined;
    this.#end();
    await (await this.#subscription)?.stop({ timeoutMs: 0 });
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  #end(): void {
    this.#ended = true;
    this.#given = undefined;
    this.#wake?.();
  }

  #finish(): IteratorResult<Update, undefined> {
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure !== undefined) throw failure.error;
    return { done: true, value: undefined };
  }

  /** Of a batch that a crash has taken back, nothing is left to acknowledge: its updates come again. */
  async #acknowledge(): Promise<void> {
    const given = this.#given;
    this.#given = undefined;
    if (given === undefined || given.control.signal.aborted) return;
    try {
      given.control.ack(given.update);
    } catch (error) {
      await this.return();
      throw error;
    }
  }
}
