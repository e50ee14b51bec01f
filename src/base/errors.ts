import type { Update } from './update.ts';

/**
 * What a caller can do about a failure. A new code exists only where somebody acts differently on it.
 *
 * | code | meaning |
 * |---|---|
 * | `invalid-settings` | a setting, flag or argument is wrong; nothing was started |
 * | `invalid-update` | an update cannot be published as it is; nothing was written |
 * | `store-unavailable` | no answer, or an answer that says "later"; a write may or may not have happened |
 * | `store-refused` | the store definitely refused (a 4xx); a write did not happen |
 * | `corrupt` | bytes that no writer of this format produces |
 * | `unknown-key` | sealed with a key that this node does not have |
 * | `newer-format` | written by a newer version of Bucketcast |
 * | `fleet-mismatch` | the bucket's fleet id is not the one this node remembers |
 * | `state-unusable` | the state directory is locked, lost or damaged |
 * | `spool-full` | the spool cannot take the update: its bound is reached, or the disk is full; nothing was written |
 * | `address-taken` | another process listens where this node is to serve HTTP; it may go |
 * | `poison` | a sink blames this one update |
 * | `sink-unavailable` | a sink takes no updates just now; the same ones come again, after `details.retryAfterMs` at the earliest |
 * | `source-unavailable` | a source gives nothing just now; it tries again by itself |
 * | `closed` | the thing was stopped, or the caller aborted |
 */
export const errorCodes = [
  'invalid-settings',
  'invalid-update',
  'store-unavailable',
  'store-refused',
  'corrupt',
  'unknown-key',
  'newer-format',
  'fleet-mismatch',
  'state-unusable',
  'spool-full',
  'address-taken',
  'poison',
  'sink-unavailable',
  'source-unavailable',
  'closed',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

export interface ErrorOptions {
  /** What to do about it, as a sentence for an operator. */
  readonly hint?: string;
  readonly cause?: unknown;
  /** Facts for logs and tables: `{ key, status, s3Code, path, … }`. Never secrets. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** Whether the same call can succeed later. Default: only for `spool-full` and what is `…-unavailable`. */
  readonly retryable?: boolean;
}

/** What may be otherwise the next time. */
const passing: readonly ErrorCode[] = [
  'store-unavailable',
  'spool-full',
  'sink-unavailable',
  'source-unavailable',
];

export class BucketcastError extends Error {
  override readonly name = 'BucketcastError';
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly hint: string | undefined;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? passing.includes(code);
    this.hint = options.hint;
    this.details = options.details ?? {};
  }
}

/** Thrown by a handler to say: this update itself is at fault, make it a dead letter and go on. */
export class PoisonError extends BucketcastError {
  /** The one at fault; without it the updates of the batch are handed over one by one to find it. */
  readonly update: Update | undefined;

  constructor(message: string, options: ErrorOptions & { readonly update?: Update } = {}) {
    super('poison', message, { retryable: false, ...options });
    this.update = options.update;
  }
}

export function isBucketcastError(error: unknown, code?: ErrorCode): error is BucketcastError {
  return error instanceof BucketcastError && (code === undefined || error.code === code);
}

/** The `closed` error that an aborted call throws; the signal's reason becomes its cause. */
export function closedError(what: string, signal?: AbortSignal): BucketcastError {
  return new BucketcastError('closed', `${what} was stopped`, { cause: signal?.reason });
}
