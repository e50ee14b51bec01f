import type { FastifyReply } from 'fastify';
import { closedError } from '../base/errors.ts';
import type { HttpContext } from './http-parts.ts';
import { problemOf, retryAfterSeconds } from './problem-details.ts';
import { Refusal } from './refusal.ts';

/** How long a request waits for the bucket: until time is up or the client has gone. Nothing that was begun is undone then. */
export class Patience implements Disposable {
  readonly signal: AbortSignal;
  readonly #end: () => void;

  /** `tooLate` makes the refusal of who has waited long enough. */
  constructor(
    reply: FastifyReply,
    { clock, timeouts }: Pick<HttpContext, 'clock' | 'timeouts'>,
    tooLate: () => Refusal = unknownOutcome,
  ) {
    const over = new AbortController();
    const cancel = clock.after(timeouts.publishMs, () => over.abort(tooLate()));
    const gone = () => over.abort(closedError('the connection'));
    reply.raw.once('close', gone);
    this.signal = over.signal;
    this.#end = () => {
      cancel();
      reply.raw.off('close', gone);
    };
  }

  /** What the promise gives, or the reason why nobody waits any more. */
  async for<Result>(promise: Promise<Result>): Promise<Result> {
    const { promise: over, reject } = Promise.withResolvers<never>();
    const stop = () => reject(this.signal.reason as Error);
    if (this.signal.aborted) stop();
    this.signal.addEventListener('abort', stop, { once: true });
    try {
      return await Promise.race([promise, over]);
    } catch (error) {
      // Whatever the same signal made of the promise, the reason says it better.
      throw this.signal.aborted ? (this.signal.reason as Error) : error;
    } finally {
      this.signal.removeEventListener('abort', stop);
    }
  }

  [Symbol.dispose](): void {
    this.#end();
  }
}

export function unknownOutcome(): Refusal {
  return new Refusal(
    503,
    'unknown-outcome',
    'The bucket has not answered in time: whether the update is published is unknown, and it may still be.',
    {
      hint: 'Send the request again; with the same Idempotency-Key it is published once.',
      headers: { 'retry-after': String(retryAfterSeconds) },
    },
  );
}

/** Whether what fails one update would fail the next one just so, for now. */
export function isForAll(error: unknown): boolean {
  return problemOf(error).body.status >= 500;
}
