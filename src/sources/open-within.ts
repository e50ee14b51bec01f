import { constants } from 'node:fs';
import { type FileHandle, open, realpath, stat } from 'node:fs/promises';
import { isAbsolute, relative, sep } from 'node:path';

/** How opening a file ended without one; what is `refused` stays so until the file changes. */
export type NotOpened =
  | { readonly kind: 'absent' }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'failed'; readonly error: unknown };

/** Not following links, and not waiting for whoever might write into a pipe. */
const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * Opens a regular file that lies in `root`, a real path, whatever links lead to it: a link is followed as long as it
 * stays in the directory. The caller closes it.
 */
export async function openWithin(root: string, path: string): Promise<FileHandle | NotOpened> {
  let handle: FileHandle | undefined;
  try {
    const real = await realpath(path);
    if (!isWithin(root, real)) return refused('is a link that leads out of the directory');
    const seen = await stat(real, { bigint: true });
    // Before opening: that alone can set a device going.
    if (!seen.isFile()) return refused('is no regular file');
    handle = await open(real, flags);
    const opened = await handle.stat({ bigint: true });
    // Somebody may have put a link in the way meanwhile.
    if (opened.ino !== seen.ino || opened.dev !== seen.dev || (await realpath(path)) !== real) {
      await handle.close();
      return { kind: 'failed', error: new Error(`${path} was replaced while it was opened`) };
    }
    return handle;
  } catch (error) {
    await handle?.close();
    return notOpened(error);
  }
}

export function isNotOpened(opened: FileHandle | NotOpened): opened is NotOpened {
  return 'kind' in opened;
}

/** Whether a real path lies below a real directory. */
export function isWithin(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

export function notOpened(error: unknown): NotOpened {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'absent' };
  const reason = code === undefined ? undefined : lasting[code];
  return reason === undefined ? { kind: 'failed', error } : refused(reason);
}

const lasting: Readonly<Record<string, string>> = {
  EACCES: 'may not be read by this user',
  EPERM: 'may not be read by this user',
  ELOOP: 'is a link that leads in a circle',
  ENAMETOOLONG: 'has a name that is too long',
  ERR_INVALID_ARG_VALUE: 'has a name that no file can have',
};

function refused(reason: string): NotOpened {
  return { kind: 'refused', reason };
}
