import { BucketcastError, isBucketcastError } from '../base/errors.ts';
import type { LaneId } from '../log/keys.ts';

/** Where an update stands in the bucket. */
export interface PublishedPlace extends LaneId {
  readonly sequence: number;
}

/**
 * An update that `publish()` has taken and not yet answered for. Its record, with id and time, is fixed: it may be
 * written again under another writer, and is the same update there.
 */
export interface PendingUpdate {
  readonly record: Uint8Array;
  readonly lane: number;
  /** To be answered only once a tip covers it. */
  readonly visible: boolean;
  /** Hears of every refusal; the update then keeps its place and is sent again. Without it a refusal rejects. */
  readonly refused?: ((error: unknown) => void) | undefined;
  resolve(place: PublishedPlace): void;
  reject(error: unknown): void;
}

/** Tells it that nothing can be written; whether that answers it, or it is kept and goes on waiting. */
export function refuse(update: PendingUpdate, error: unknown): boolean {
  if (update.refused === undefined) {
    update.reject(error);
    return true;
  }
  update.refused(error);
  return false;
}

/** The same after it was sent under a name that a twin took: that a later attempt is refused says nothing any more. */
export function perhapsPublished(update: PendingUpdate): PendingUpdate {
  const { record, lane, visible, refused } = update;
  return {
    record,
    lane,
    visible,
    refused,
    resolve: (place) => update.resolve(place),
    reject: (error) => update.reject(asUnknown(error)),
  };
}

function asUnknown(error: unknown): unknown {
  if (!isBucketcastError(error, 'store-refused')) return error;
  return new BucketcastError(
    'store-unavailable',
    `an earlier attempt to publish the update may have succeeded, and the next was refused: ${error.message}`,
    { cause: error, details: error.details },
  );
}
