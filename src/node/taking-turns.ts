import { closedError } from '../base/errors.ts';
import type { Deliver } from '../coordinate/sink-runner.ts';

/**
 * One sink for several subscriptions: each call of the function returned makes a `deliver` for one of them, and of all
 * those, one at a time has a batch in the sink's hands: until its call has returned and, with `explicit` acknowledgement,
 * the batch is acknowledged to its end.
 */
export function takingTurns(deliver: Deliver, ack: 'auto' | 'explicit'): () => Deliver {
  const turns = new Turns();
  return () => {
    const side = Symbol('a subscription');
    return async (updates, control) => {
      const { signal } = control;
      await turns.take(side, signal);
      if (signal.aborted) {
        // The turn came, and then the end, before this went on.
        turns.give(side);
        throw closedError('the delivery', signal);
      }
      const done = () => {
        signal.removeEventListener('abort', done);
        turns.give(side);
      };
      signal.addEventListener('abort', done);
      const last = updates.at(-1);
      let [isReturned, isAcknowledged] = [false, ack === 'auto'];
      const acknowledge = (upTo = last) => {
        control.ack(upTo);
        if (upTo === last) isAcknowledged = true;
        if (isReturned && isAcknowledged) done();
      };
      try {
        await deliver(updates, { ...control, ack: acknowledge });
      } catch (error) {
        done();
        throw error;
      }
      isReturned = true;
      if (isAcknowledged) done();
    };
  };
}

interface Waiter {
  readonly side: symbol;
  readonly go: () => void;
}

/** Whose turn it is; who has it already may go on. */
class Turns {
  #holder: symbol | undefined;
  #waiting: Waiter[] = [];

  async take(side: symbol, signal: AbortSignal): Promise<void> {
    if (signal.aborted) throw closedError('the delivery', signal);
    if (this.#holder === undefined || this.#holder === side) {
      this.#holder = side;
      return;
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiter = { side, go: resolve };
    const leave = () => {
      this.#waiting = this.#waiting.filter((other) => other !== waiter);
      reject(closedError('the delivery', signal));
    };
    this.#waiting.push(waiter);
    signal.addEventListener('abort', leave, { once: true });
    await promise.finally(() => signal.removeEventListener('abort', leave));
  }

  give(side: symbol): void {
    if (this.#holder !== side) return;
    const next = this.#waiting.shift();
    this.#holder = next?.side;
    next?.go();
  }
}
