import type { CallOptions } from './object-store.ts';

/** What only `doctor` asks of a store: about the bucket itself. Drivers without buckets do not have it. */
export interface BucketAdmin {
  /**
   * Creates the bucket of the store URL. That it exists already, as ours, is success.
   *
   * @throws BucketcastError `store-refused` when somebody else owns the name, or we may not
   */
  createBucket(options?: CallOptions): Promise<void>;
  /**
   * Whether old versions are kept when objects are overwritten or deleted, and whether some rule lets those expire.
   * With versions and without expiry the bucket grows for ever.
   */
  versioning(options?: CallOptions): Promise<{ readonly enabled: boolean; readonly hasExpiry: boolean }>;
}

export function isBucketAdmin(store: object): store is BucketAdmin {
  return 'createBucket' in store && 'versioning' in store;
}
