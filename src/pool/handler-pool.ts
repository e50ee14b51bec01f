import type { Clock } from '../base/clock.ts';
import { BucketcastError, closedError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import type { Update } from '../base/update.ts';
import { SECOND } from '../config/units.ts';
import { thrownBy } from './handler-failure.ts';
import { HandlerThread, type HandlerThreadSnapshot } from './handler-thread.ts';
import { lendUpdates } from './lent-updates.ts';

export interface HandlerOptions {
  /** URL of the module. */
  readonly module: string;
  /** Of the subscription; empty for one without. */
  readonly name: string;
  readonly threads: number;
  readonly ack: 'auto' | 'explicit';
}

export interface HandlerParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** What a call of the handler may be told, and tells, while it is under way. */
interface Control {
  readonly ack: (upTo?: Update) => void;
  readonly signal: AbortSignal;
}

/** With one call in each thread and one that waits there, no thread idles while an acknowledgement is made durable. */
const callsPerThread = 2;
/** Of a call whose acknowledgement may wait for others. */
const quickCallMs = 10;
const loadMs = 30 * SECOND;

/**
 * The threads of one subscription's handler module. They are its own: one that blocks, or ends its thread, holds up no fetch
 * and no other subscription.
 *
 * | what happens | effect |
 * |---|---|
 * | the handler throws | the call fails with the same error |
 * | a thread ends unasked | its calls fail as `sink-unavailable`; it is started again after a wait |
 * | every thread waits to be started | a call fails as `sink-unavailable`, to be made again after that |
 * | the signal of a call aborts | so does the handler's; the call ends when the handler does |
 * | `close()` | the same for all of them, for a moment; then the threads end |
 */
export class HandlerPool {
  /** Most calls of `deliver` at once. */
  readonly concurrency: number;
  /** A call waits for the others, so it takes so many times as long as its own work. */
  readonly quickMs: number;
  readonly #threads: readonly HandlerThread[];
  readonly #ack: HandlerOptions['ack'];
  #closing: Promise<void> | undefined;

  /** Loads the module in a first thread. Throws `invalid-settings` for one that cannot be a handler. */
  static async open(options: HandlerOptions, parts: HandlerParts): Promise<HandlerPool> {
    const pool = new HandlerPool(options, parts);
    const [first] = pool.#threads as [HandlerThread];
    try {
      const problem = await withinLoadTime(parts.clock, first.load());
      if (problem !== undefined) throw new Error(problem);
    } catch (error) {
      await pool.close();
      throw error;
    }
    return pool;
  }

  private constructor(
    { module, name, threads, ack }: HandlerOptions,
    { clock, random, logger }: HandlerParts,
  ) {
    this.#ack = ack;
    this.concurrency = threads * callsPerThread;
    this.quickMs = quickCallMs * this.concurrency;
    this.#threads = Array.from(
      { length: threads },
      (_, thread) =>
        new HandlerThread({
          module,
          subscription: name,
          thread,
          clock,
          random,
          lostIdle: (err) =>
            logger.warn(
              { err, subscription: name, thread },
              'a thread of the handler ended between two calls',
            ),
        }),
    );
  }

  snapshot(): readonly HandlerThreadSnapshot[] {
    return this.#threads.map((thread) => thread.snapshot());
  }

  /** Has a thread call the handler; settles as the call did, with explicit acknowledgement when all of it is acknowledged. */
  readonly deliver = async (updates: readonly Update[], { ack, signal }: Control): Promise<void> => {
    const thread = this.#leastBusy();
    const settled = Promise.withResolvers<void>();
    let acknowledged = 0;
    const acknowledge = (count: number) => {
      if (count <= acknowledged) return;
      acknowledged = count;
      try {
        ack(updates[count - 1]);
      } catch (error) {
        // Whoever makes it durable knows, and takes the updates away.
        settled.reject(error);
      }
      if (acknowledged === updates.length) settled.resolve();
    };
    const { call, reply } = thread.begin(lendUpdates(updates), {
      acknowledged: acknowledge,
      lost: settled.reject,
    });
    const abort = () => {
      thread.abort(call);
      settled.reject(closedError('the delivery', signal));
    };
    signal.addEventListener('abort', abort, { once: true });
    settled.promise.catch(() => {});
    try {
      const answer = await reply;
      acknowledge(answer.acknowledged);
      if (answer.failure) throw thrownBy(answer.failure, updates);
      if (this.#ack === 'explicit') await settled.promise;
    } finally {
      signal.removeEventListener('abort', abort);
      thread.forget(call);
    }
  };

  /** Ends the threads, after calls that are under way have had a moment to end. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= Promise.all(this.#threads.map((thread) => thread.stop())).then(() => {});
    return this.#closing;
  }

  /** One that runs rather than one that would have to be started. */
  #leastBusy(): HandlerThread {
    if (this.#closing) throw closedError('the handler');
    const startable = this.#threads.filter(({ waitMs }) => waitMs === 0);
    const [first, ...others] = startable;
    if (first === undefined) {
      const retryAfterMs = Math.min(...this.#threads.map(({ waitMs }) => waitMs));
      const message = 'every thread of the handler has ended; they are started again';
      throw new BucketcastError('sink-unavailable', message, { details: { retryAfterMs } });
    }
    return others.reduce((best, thread) => (isBetter(thread, best) ? thread : best), first);
  }
}

function isBetter(one: HandlerThread, other: HandlerThread): boolean {
  if (one.calls !== other.calls) return one.calls < other.calls;
  return one.isStarted && !other.isStarted;
}

/** A module may wait for something at its top level that never comes. */
async function withinLoadTime<T>(clock: Clock, loading: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const cancel = clock.after(loadMs, () =>
    late.reject(new Error(`could not be loaded within ${loadMs / SECOND} seconds`)),
  );
  try {
    return await Promise.race([loading, late.promise]);
  } finally {
    cancel();
  }
}
