import { backoffMs } from '../base/backoff.ts';
import type { Clock } from '../base/clock.ts';
import { errorMessage } from '../base/error-message.ts';
import { BucketcastError, closedError, isBucketcastError } from '../base/errors.ts';
import type { Random } from '../base/random.ts';
import type { Settings } from '../config/settings.ts';
import { MINUTE } from '../config/units.ts';

/** A store that asks for more patience than this is asked again earlier. */
const longestRetryAfterMs = 5 * MINUTE;

export interface RetryingOptions {
  readonly settings: Settings['retry'];
  readonly clock: Clock;
  readonly random: Random;
  readonly signal?: AbortSignal | undefined;
  /** The call changes the store, so an earlier try without a clear answer may have done so. Default `false`. */
  readonly write?: boolean;
}

/**
 * Runs `run` until it succeeds, fails for good, or `settings.attempts` tries have failed; `attempt` counts from 0.
 * Only errors marked `retryable` are tried again, after a wait with full jitter that begins when the store's
 * `details.retryAfterMs` is over. An abort ends the wait at once with a `closed` error.
 *
 * A write that had one try with an unknown outcome never ends in `store-refused`, even if a later try was
 * refused: `store-refused` always means "definitely not written".
 */
export async function retrying<T>(
  run: (attempt: number) => Promise<T>,
  options: RetryingOptions,
): Promise<T> {
  const { settings, clock, random, signal } = options;
  let unknown: unknown;
  for (let attempt = 0; ; attempt += 1) {
    if (signal?.aborted) throw closedError('the request', signal);
    try {
      return await run(attempt);
    } catch (error) {
      if (!isBucketcastError(error)) throw error;
      if (error.code === 'store-unavailable') unknown = error;
      if (!error.retryable || attempt + 1 >= settings.attempts)
        throw verdict(error, unknown, options.write ?? false);
      await clock.sleep(retryAfterMs(error) + backoffMs(attempt, settings, random), signal);
    }
  }
}

function verdict(error: BucketcastError, unknown: unknown, write: boolean): BucketcastError {
  if (!write || unknown === undefined || error.code !== 'store-refused') return error;
  return new BucketcastError('store-unavailable', `${error.message}, after a try whose outcome is unknown`, {
    cause: error,
    details: { ...error.details, unknown: errorMessage(unknown) },
    ...(error.hint === undefined ? {} : { hint: error.hint }),
  });
}

function retryAfterMs(error: BucketcastError): number {
  const asked = error.details['retryAfterMs'];
  return typeof asked === 'number' && asked > 0 ? Math.min(asked, longestRetryAfterMs) : 0;
}
