import { errorMessage } from '../base/error-message.ts';
import { BucketcastError, isBucketcastError } from '../base/errors.ts';

const REFUSED: Readonly<Record<string, string>> = {
  EACCES: 'Give the user that runs this read and write access to the store directory.',
  EPERM: 'Give the user that runs this read and write access to the store directory.',
  EROFS: 'The file system is mounted read-only.',
  ENOTDIR: 'Something on the way to the store directory is a file.',
};

const LATER: Readonly<Record<string, string>> = {
  ENOENT: 'Something on the way to the store directory is gone (is it mounted?), or cannot be made there.',
  ENOSPC: 'Free space on the disk of the store directory.',
  EDQUOT: 'The disk quota of this user is used up.',
  EMFILE: 'Raise the limit of open files (`ulimit -n`).',
  ENFILE: 'The machine has no free file handles.',
};

/** A file system's error in the words of the store contract; what it already speaks of is left as it is. */
export function fileError(cause: unknown, operation: string, key?: string): BucketcastError {
  if (isBucketcastError(cause)) return cause;
  const errno = codeOf(cause);
  const refusal = REFUSED[errno];
  const hint = refusal ?? LATER[errno];
  return new BucketcastError(
    refusal === undefined ? 'store-unavailable' : 'store-refused',
    `${operation}: ${errorMessage(cause)}`,
    {
      cause,
      details: { operation, errno, ...(key !== undefined && { key }) },
      ...(hint !== undefined && { hint }),
    },
  );
}

/** `ENOENT` and the like; empty for what is no system error. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** What `run` answers, or `undefined` when it fails with one of these codes. */
export async function unless<Answer>(
  codes: readonly string[],
  run: Promise<Answer>,
): Promise<Answer | undefined> {
  try {
    return await run;
  } catch (error) {
    if (codes.includes(codeOf(error))) return undefined;
    throw error;
  }
}
