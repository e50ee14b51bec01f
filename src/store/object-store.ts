/**
 * The contract of a bucket (or a part of one), and everything the rest of the code may assume of it:
 *
 * - keys are UTF-8 strings relative to the store's prefix, listed in UTF-8 byte order;
 * - a GET or HEAD sees every PUT acknowledged before it began; a LIST may lag;
 * - objects appear whole or not at all;
 * - every answer carries the store's own time, which is what ages and leases are measured by.
 *
 * Expected differences (missing, precondition failed, unchanged) are values. Everything else throws a
 * `BucketcastError`: `store-refused` when the store definitely did not do it (4xx), `store-unavailable` when
 * the outcome is unknown or "later" (no answer, 5xx, 429), `closed` when the signal aborted: then, too, a write
 * may have happened. An aborted signal means `closed`, also when the call had just succeeded.
 *
 * `details` of a store's error, as far as they are known: `{ operation, key, status, s3Code, errno, time, throttled,
 * retryAfterMs }`. `throttled: true` asks for fewer requests (429, 503, SlowDown), `retryAfterMs` for a wait, and
 * `time` is the store's.
 *
 * Drivers try once. A loser of conditional writes may get `store-unavailable` instead of `conflict` (Ceph: 500); whoever
 * must know reads the object back.
 */
export interface ObjectStore {
  /** For people: the URL without secrets. */
  readonly description: string;
  get(key: string, options?: GetOptions): Promise<GetAnswer>;
  head(key: string, options?: CallOptions): Promise<HeadAnswer>;
  put(key: string, body: Uint8Array, options?: PutOptions): Promise<PutAnswer>;
  list(prefix: string, options?: ListOptions): Promise<ListPage>;
  /** Deleting what is not there succeeds. */
  delete(key: string, options?: CallOptions): Promise<DeleteAnswer>;
  /** Any number of keys; the driver batches. Keys that could not be deleted come back in `failed`. */
  deleteMany(keys: readonly string[], options?: CallOptions): Promise<DeleteManyAnswer>;
  /** Frees sockets and timers; idempotent. */
  close(): Promise<void>;
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface GetOptions extends CallOptions {
  /** Bytes `[start, end)`; `end` beyond the object is cut. A start at or beyond the end gives an empty body. */
  readonly range?: { readonly start: number; readonly end: number };
  /** Answer `unchanged` when the object still has this ETag. */
  readonly ifNoneMatch?: string;
  /** Refuse (`corrupt` is not meant: throws `store-refused` with `details.size`) a body larger than this, before reading it. */
  readonly maxBytes?: number;
}

export interface PutOptions extends CallOptions {
  /**
   * `absent`: only when the key does not exist. `{ etag }`: only when it has this ETag (compare-and-set). Some stores
   * ignore these; one that refuses `absent` is treated as if it did. What needs them probes for them first.
   */
  readonly condition?: 'absent' | { readonly etag: string };
  readonly contentType?: string;
}

export interface ListOptions extends CallOptions {
  /** Only keys (and common prefixes) greater than this, in byte order. */
  readonly startAfter?: string;
  /** Roll keys up to and including this character after the prefix into `prefixes`. */
  readonly delimiter?: string;
  /** Entries a page (keys and prefixes together), 1..1000; default 1000. */
  readonly limit?: number;
  /** `next` of the page before; goes with the same prefix and delimiter. */
  readonly continuation?: string;
}

/** ETags are compared as opaque strings, without quotes. Times are milliseconds since the epoch. */
export interface ObjectInfo {
  readonly key: string;
  readonly size: number;
  readonly etag: string;
  readonly lastModified: number;
}

/** The store's own clock when it answered, ms since the epoch (whole seconds on S3). */
interface Timed {
  readonly time: number;
}

export type GetAnswer = Timed &
  (
    | {
        readonly status: 'found';
        /** Owned by the caller: its ArrayBuffer may be transferred only if `byteLength` covers it. */
        readonly body: Uint8Array;
        /** Size of the whole object, also for a ranged read. */
        readonly size: number;
        readonly etag: string;
        readonly lastModified: number;
      }
    | { readonly status: 'missing' }
    | { readonly status: 'unchanged' }
  );

export type HeadAnswer = Timed &
  (
    | {
        readonly status: 'found';
        readonly size: number;
        readonly etag: string;
        readonly lastModified: number;
      }
    | { readonly status: 'missing' }
  );

/** `conflict`: the condition did not hold; nothing was written. */
export type PutAnswer = Timed &
  ({ readonly status: 'stored'; readonly etag: string } | { readonly status: 'conflict' });

export interface ListPage extends Timed {
  readonly objects: readonly ObjectInfo[];
  /** Rolled-up prefixes, when a delimiter was given. */
  readonly prefixes: readonly string[];
  /** Present when there is more. */
  readonly next?: string;
}

export type DeleteAnswer = Timed;

export interface DeleteManyAnswer extends Timed {
  readonly failed: readonly { readonly key: string; readonly reason: string }[];
}
