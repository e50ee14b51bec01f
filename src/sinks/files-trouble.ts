import { errorMessage } from '../base/error-message.ts';
import { BucketcastError, isBucketcastError } from '../base/errors.ts';
import { codeOf } from '../store/file-errors.ts';

const hints: Readonly<Record<string, string>> = {
  EACCES: 'Give the user that runs the node read and write access to the directory and its files.',
  EPERM: 'Give the user that runs the node read and write access to the directory and its files.',
  EROFS: 'The file system is mounted read-only; mount it writable.',
  ENOSPC: 'Free space on its disk; everything goes on from here by itself.',
  EDQUOT: 'The disk quota of this user is used up; free some space.',
  ENOENT: 'The directory is gone: is its disk mounted?',
  ENOTDIR: 'Something on the way to the directory is a file.',
  EMFILE: 'Raise the limit of open files (`ulimit -n`).',
  ENFILE: 'The machine has no free file handles.',
  EIO: 'Look at the disk and the kernel log.',
};

/** What would fail for one file however often it is tried, while all others go on; by what was being done. */
const lasting: Readonly<Record<'write' | 'place', Readonly<Record<string, string>>>> = {
  write: { EFBIG: 'its content is larger than the file system, or a limit of the node, allows' },
  place: {
    EISDIR: 'a directory stands where its file belongs',
    ENOTEMPTY: 'a directory stands where its file belongs',
    EEXIST: 'something that cannot be replaced stands where its file belongs',
    ENAMETOOLONG: 'the file system takes no name as long as this',
  },
};

/** Why one file can never be written as it is; `undefined` when it is no fault of that file. */
export function lastingFault(error: unknown, step: 'write' | 'place'): string | undefined {
  return lasting[step][codeOf(error)];
}

/** A file system's error as trouble of the sink; what is an error of ours already stays what it is. */
export function filesTrouble(cause: unknown, path: string): BucketcastError {
  if (isBucketcastError(cause)) return cause;
  const errno = codeOf(cause);
  const hint = hints[errno];
  return new BucketcastError('sink-unavailable', `cannot write to ${path}: ${errorMessage(cause)}`, {
    cause,
    details: { path, errno },
    ...(hint !== undefined && { hint }),
  });
}
