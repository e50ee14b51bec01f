import { performance } from 'node:perf_hooks';
import { closedError } from './errors.ts';

/**
 * The one seam through which time enters, so that a simulation can replay a run from a seed.
 * Nothing outside this file calls `Date.now`, `performance.now` or `setTimeout` in protocol code.
 */
export interface Clock {
  /** Wall clock, milliseconds since the epoch. Decides nothing about order or completeness. */
  now(): number;
  /** Milliseconds that never go backwards; for patience, intervals and leases. */
  monotonic(): number;
  /** Resolves after `ms`; rejects with a `closed` error when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Runs `action` once after `ms`; the returned function cancels it. */
  after(ms: number, action: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) => sleepOn(systemClock, ms, signal),
  after: (ms, action) => {
    const timer = setTimeout(action, ms);
    return () => clearTimeout(timer);
  },
};

/** `sleep` in terms of a clock's `after`; shared by every clock. */
export function sleepOn(clock: Pick<Clock, 'after'>, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(closedError('waiting', signal));
      return;
    }
    const onAbort = () => {
      cancel();
      reject(closedError('waiting', signal));
    };
    const cancel = clock.after(ms, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
