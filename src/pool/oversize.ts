import { isBucketcastError } from '../base/errors.ts';

/** The size of an object that a store did not hand over because of `maxBytes`; undefined for any other error. */
export function oversize(error: unknown): number | undefined {
  const size = isBucketcastError(error, 'store-refused') ? error.details['size'] : undefined;
  return typeof size === 'number' ? size : undefined;
}
