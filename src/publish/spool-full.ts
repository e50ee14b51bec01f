import { BucketcastError, isBucketcastError } from '../base/errors.ts';

/** What the disk says when it takes no more: SQLite's codes for a full disk and for a write that failed. */
const diskCodes: readonly unknown[] = [13, 10];

export interface SpoolBound {
  /** Where the spool lies. */
  readonly path: string;
  /** Of one update, of what the spool holds, and what it may hold. */
  readonly bytes: number;
  readonly held: number;
  readonly maxBytes: number;
}

export function boundReached({ path, bytes, held, maxBytes }: SpoolBound): BucketcastError {
  return new BucketcastError(
    'spool-full',
    `the spool in ${path} holds ${held} bytes, and ${bytes} more would exceed spool.maxBytes (${maxBytes}); nothing was written`,
    {
      hint: 'The spool empties itself once the bucket takes updates again: see why it does not (`bucketcast status`), or raise spool.maxBytes.',
      details: { path, bytes, held, maxBytes },
    },
  );
}

/** The disk has nothing to spare: what is still free is for the node itself. */
export function diskIsShort(
  { path, bytes, held, maxBytes }: SpoolBound,
  { room, keepFreeBytes }: { readonly room: number; readonly keepFreeBytes: number },
): BucketcastError {
  return new BucketcastError(
    'spool-full',
    `the spool in ${path} cannot take ${bytes} bytes: the disk has ${room} free, and spool.keepFreeBytes (${keepFreeBytes}) of them stay so; nothing was written`,
    {
      hint: 'Free some space on that disk; the spool then works again by itself, and loses nothing meanwhile.',
      details: { path, bytes, held, maxBytes, room, keepFreeBytes },
    },
  );
}

/** The same for a disk that takes no more; every other error of the state passes as it is. */
export function asSpoolFull(error: unknown, { path, bytes, held, maxBytes }: SpoolBound): unknown {
  if (!isDiskTrouble(error)) return error;
  return new BucketcastError(
    'spool-full',
    `the spool in ${path} cannot take ${bytes} bytes: ${error.message}; nothing was written`,
    {
      hint: 'Free some space on that disk; the spool then works again by itself, and loses nothing meanwhile.',
      cause: error,
      details: { path, bytes, held, maxBytes },
    },
  );
}

export function isDiskTrouble(error: unknown): error is BucketcastError {
  return isBucketcastError(error, 'state-unusable') && diskCodes.includes(error.details['sqlite']);
}
