import { backoffMs } from '../base/backoff.ts';
import { BucketcastError, isBucketcastError } from '../base/errors.ts';
import { type FoundFleet, readOrCreateFleetId } from '../log/fleet-id.ts';
import type { Foundation } from './foundation.ts';

export interface JoinOptions {
  /** Go on trying while the store is away, rather than throw. */
  readonly waitForStore?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * Learns (or, in an empty bucket, makes) the fleet's id. The id that the state remembers must be the bucket's:
 * `fleet-mismatch` otherwise, since positions in one fleet mean nothing in another.
 */
export async function joinFleet(foundation: Foundation, options: JoinOptions = {}): Promise<FoundFleet> {
  const { store, state, random, clock, settings, events } = foundation;
  for (let attempt = 0; ; attempt++) {
    try {
      const remembered = state.fleetId();
      const create = remembered === undefined;
      const found = await readOrCreateFleetId(store, random, { create, clock }, options.signal);
      const { fleetId } = found;
      if (remembered !== undefined && remembered !== fleetId)
        throw otherFleet(foundation, remembered, fleetId);
      if (remembered === undefined) state.rememberFleet(fleetId);
      return found;
    } catch (error) {
      const gone = isBucketcastError(error, 'fleet-mismatch') && error.details['missing'] === true;
      if (gone) throw goneFleet(foundation, error);
      if (!options.waitForStore || !isBucketcastError(error, 'store-unavailable')) throw error;
      const retryInMs = backoffMs(attempt, settings.retry, random);
      events.emit('poll-failed', { error, retryInMs });
      await clock.sleep(retryInMs, options.signal);
    }
  }
}

/** Only a state that remembers a fleet forbids to make one. */
function goneFleet({ store, state }: Foundation, cause: BucketcastError): BucketcastError {
  return new BucketcastError(
    'fleet-mismatch',
    `${store.description} holds no fleet (${String(cause.details['key'])} is missing), but ${state.description} remembers fleet ${state.fleetId()}`,
    { hint: goneHint, details: cause.details },
  );
}

const goneHint =
  'Was the bucket emptied, or is its directory not mounted? Bring it back, or point `store.url` at the right one. Only if it is gone for good, give this server a new state directory: it then starts over, and what is in its spool is lost.';

const mismatchHint =
  'Point `store.url` at the bucket that this server used before, or give this server a new state directory (it then starts over).';

function otherFleet({ store, state }: Foundation, remembered: string, found: string): BucketcastError {
  return new BucketcastError(
    'fleet-mismatch',
    `${store.description} belongs to fleet ${found}, but ${state.description} remembers fleet ${remembered}`,
    { hint: mismatchHint, details: { remembered, found } },
  );
}
