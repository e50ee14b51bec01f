import { BucketcastError } from '../base/errors.ts';

const codes = ['ENOSPC', 'EMFILE', 'ENFILE'];

/** Whether the kernel gives out no more watches: then none of what it still tells is complete. */
export function isOutOfWatches(error: unknown): boolean {
  return codes.includes((error as NodeJS.ErrnoException).code ?? '');
}

export function noEventsError(path: string, cause: unknown): BucketcastError {
  const { code } = cause as NodeJS.ErrnoException;
  const limit =
    code === 'ENOSPC'
      ? 'fs.inotify.max_user_watches (a watch for each directory)'
      : 'fs.inotify.max_user_instances, or the limit of open files (`ulimit -n`)';
  return new BucketcastError(
    'source-unavailable',
    `the kernel tells of no more changes in ${path} (${code}): it is scanned again and again instead`,
    {
      hint: `Raise ${limit}. Until then changes are found later, and at more cost.`,
      cause,
      details: { path, errno: code },
    },
  );
}
