import type { CallOptions } from '../store/object-store.ts';

/**
 * What reads the objects layout: one page of a listing, one object. Implemented by the pool (threads) and by
 * `DirectObjectReader` (in this thread). Keys are whole, as they stand in the objects' store.
 */
export interface ObjectReader {
  list(task: ObjectListTask, options?: CallOptions): Promise<ObjectsPage>;
  fetch(task: ObjectTask, options?: CallOptions): Promise<ObjectOutcome>;
}

export interface ObjectListTask {
  readonly prefix: string;
  /** Only keys greater than this, in byte order. */
  readonly after?: string;
  /** Only keys up to and including this one. */
  readonly until?: string;
}

/** At most 1,000 keys, in byte order, and what tells one version of each from every other. */
export interface ObjectsPage {
  readonly keys: readonly string[];
  /** 16 bytes for each key: see `versionDigest`. */
  readonly digests: Uint8Array;
  /** Bytes, and ms since the epoch. */
  readonly sizes: Float64Array;
  readonly lastModified: Float64Array;
  /** Whether there may be more after the last key and up to `until`. */
  readonly more: boolean;
  /** Greatest key that the store named, `until` or not: where the next page begins. */
  readonly last: string | undefined;
  /** The store's, ms since the epoch. */
  readonly time: number;
}

/** One object to read, as a listing named it; or as it is now. */
export interface ObjectTask {
  readonly key: string;
  /** 32 hex digits: its version's digest, which becomes the update's id where the object names none. */
  readonly digest: string;
  readonly size: number;
  /** Ms since the epoch. Absent: what the answer says. */
  readonly lastModified?: number;
}

/**
 * What came of one GET that the store answered; `time` is the store's. Only trouble with the store throws
 * (`store-unavailable`, `store-refused`, `closed`).
 */
export type ObjectOutcome =
  | {
      readonly status: 'fetched';
      /** The update, laid out as in `record-layout.ts`; moved, not copied. */
      readonly record: Uint8Array;
      /** Of the body, else the folder's name. */
      readonly server: string;
      /** Id of the fleet in whose log the same update stands, where a Bucketcast publisher wrote both. */
      readonly copyOf?: string;
      /** Where one did, its writer in the log, by which a server knows its own updates (`ownWriters`). */
      readonly writer?: string;
      readonly time: number;
    }
  | { readonly status: 'missing'; readonly time: number }
  /** No object of this layout, or larger than allowed. `bytes`: as stored, perhaps cut, for the dead letter. */
  | {
      readonly status: 'corrupt';
      readonly reason: string;
      readonly bytes: Uint8Array;
      readonly time: number;
    };
