import { opendir, realpath, stat } from 'node:fs/promises';
import { BucketcastError } from '../base/errors.ts';
import type { FileTable } from '../state/file-table.ts';

/** A directory as it was found. */
export interface RootDirectory {
  /** Real. */
  readonly path: string;
  /** Another one where a file system was mounted or taken away, or the directory made anew. */
  readonly identity: string;
}

/** Throws `source-unavailable`. */
export async function findRoot(path: string): Promise<RootDirectory> {
  try {
    const real = await realpath(path);
    const stats = await stat(real, { bigint: true });
    if (!stats.isDirectory()) throw new Error('it is no directory');
    return { path: real, identity: `${stats.dev}:${stats.ino}` };
  } catch (cause) {
    const why = isMissing(cause) ? 'does not exist' : `cannot be read (${(cause as Error).message})`;
    throw new BucketcastError('source-unavailable', `the watched directory ${path} ${why}`, {
      hint: 'Make it or mount it, readable for this user; it is looked for again by itself. Nothing is taken for deleted.',
      cause,
      details: { path, errno: (cause as NodeJS.ErrnoException).code },
    });
  }
}

/**
 * Throws `invalid-settings`, with the setting's name, where something stands that is no directory and will not become one
 * by itself. What does not exist, or cannot be looked at, may be mounted later.
 */
export async function checkIsNoFile(path: string, setting: string): Promise<void> {
  const stats = await stat(path).catch(() => undefined);
  if (stats === undefined || stats.isDirectory()) return;
  throw new BucketcastError('invalid-settings', `${setting}: expected a directory, and ${path} is none`, {
    hint: 'Name the directory that the file lies in, and the file in `include`.',
    details: { path },
  });
}

/** Whether the directory is still the one that was found. */
export async function stands(path: string, root: RootDirectory): Promise<boolean> {
  try {
    const now = await findRoot(path);
    return now.path === root.path && now.identity === root.identity;
  } catch {
    return false;
  }
}

/**
 * An empty directory that is another one than last time is most likely a mount point without its file system: that is
 * trouble (`source-unavailable`), not the deletion of all that was known in it. The record of the root itself says which
 * directory it was.
 */
export async function checkNotEmptied(root: RootDirectory, files: FileTable): Promise<void> {
  const before = files.find(root.path)?.stamp;
  if (before === root.identity) return;
  if (before !== undefined && hasFiles(root, files) && (await isEmpty(root.path))) {
    throw new BucketcastError(
      'source-unavailable',
      `the watched directory ${root.path} is empty, and not the one that was there before: nothing is taken for deleted`,
      {
        hint: 'If a file system belongs there, mount it. If all files were meant to go, put any file there to say so.',
        details: { path: root.path },
      },
    );
  }
  const none = { url: '', digest: null, pending: undefined, hlc: '', writer: '' } as const;
  files.put([{ ...none, path: root.path, stamp: root.identity }]);
}

function hasFiles(root: RootDirectory, files: FileTable): boolean {
  for (const { digest } of files.under(root.path)) if (digest !== null) return true;
  return false;
}

async function isEmpty(path: string): Promise<boolean> {
  for await (const _ of await opendir(path)) return false;
  return true;
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}
