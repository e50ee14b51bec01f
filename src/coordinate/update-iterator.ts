import type { Update } from '../base/update.ts';
import type { Deliver, DeliveryControl } from './sink-runner.ts';
import type { Subscription } from './subscription.ts';

/**
 * A subscription as `for await (const update of updates)`. An update is acknowledged when the next one is asked for:
 * leaving the loop in its body keeps that update for the next time. One consumer at a time.
 *
 * `deliver` goes into a spec with `ack: 'explicit'`; `stop` stops the subscription made of it when the loop is left.
 */
export class UpdateIterator implements AsyncIterableIterator<Update, undefined> {
  readonly #stop: () => Promise<void>;
  readonly #batches: {
    readonly updates: readonly Update[];
    readonly control: DeliveryControl;
    at: number;
  }[] = [];
  #given: { readonly update: Update; readonly control: DeliveryControl } | undefined;
  #wake: (() => void) | undefined;
  #ended = false;

  constructor(stop: (() => Promise<void>) | Promise<Pick<Subscription, 'stop'>>) {
    this.#stop = typeof stop === 'function' ? stop : async () => (await stop).stop({ timeoutMs: 0 });
  }

  /** Hands a batch over to whoever iterates; what is left of an earlier one is void and comes again in this. */
  readonly deliver: Deliver = (updates, control) => {
    this.#batches.length = 0;
    this.#batches.push({ updates, control, at: 0 });
    this.#wake?.();
  };

  async next(): Promise<IteratorResult<Update, undefined>> {
    await this.#acknowledge();
    for (;;) {
      if (this.#ended) return { done: true, value: undefined };
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
    this.end();
    await this.#stop();
    return { done: true, value: undefined };
  }

  /** Nothing more comes: the subscription has stopped. */
  end(): void {
    this.#ended = true;
    this.#given = undefined;
    this.#wake?.();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
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
