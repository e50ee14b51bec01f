import { errorMessage } from '../base/error-message.ts';
import { BucketcastError, isBucketcastError } from '../base/errors.ts';

/** Primary result codes of SQLite that an operator can do something about: https://sqlite.org/rescode.html */
const advice: Readonly<
  Record<number, { readonly what: string; readonly hint: string; readonly retryable?: true }>
> = {
  3: {
    what: 'may not be read or written',
    hint: 'Give this user read and write access to the directory and its files.',
  },
  5: { what: 'is being written by another process', hint: 'Try again in a moment.', retryable: true },
  6: { what: 'is being written by another process', hint: 'Try again in a moment.', retryable: true },
  8: { what: 'is read-only', hint: 'Give this user write access to the directory, or mount it writable.' },
  10: { what: 'could not be read or written', hint: 'Look at the disk and the kernel log.', retryable: true },
  11: { what: 'is damaged', hint: damagedHint() },
  13: { what: 'does not fit: the disk is full', hint: 'Free some space; nothing was lost.', retryable: true },
  14: {
    what: 'could not be opened',
    hint: 'Check that the directory exists and that this user may write to it.',
  },
  26: { what: 'is damaged: it is no SQLite database', hint: damagedHint() },
};

/** The files beside the database fail in the system's words. */
const likeSqlite: Readonly<Record<string, number>> = {
  EACCES: 3,
  EPERM: 3,
  EROFS: 8,
  EIO: 10,
  ENOSPC: 13,
  EDQUOT: 13,
};

/** Whatever the database threw, as `state-unusable` with what to do; errors that are ours already pass. */
export function stateError(cause: unknown, path: string): BucketcastError {
  if (isBucketcastError(cause)) return cause;
  const primary = primaryCode(cause) ?? likeSqlite[(cause as NodeJS.ErrnoException)?.code ?? ''];
  const known = primary === undefined ? undefined : advice[primary];
  return new BucketcastError(
    'state-unusable',
    `the state database ${path} ${known?.what ?? 'failed'} (${errorMessage(cause)})`,
    {
      ...(known ? { hint: known.hint } : {}),
      cause,
      details: { path, ...(primary === undefined ? {} : { sqlite: primary }) },
      retryable: known?.retryable ?? false,
    },
  );
}

/** The hint that goes with every way in which a state directory can be lost or damaged. */
export function damagedHint(): string {
  return (
    'Restore the directory from a backup: what was delivered since then comes again. Or move the directory away to ' +
    'begin anew as a new host: subscriptions then start over, and dead letters are gone.'
  );
}

function primaryCode(error: unknown): number | undefined {
  const code = (error as { errcode?: unknown } | undefined)?.errcode;
  // Extended codes keep the primary one in their low byte.
  return typeof code === 'number' ? code & 0xff : undefined;
}
