import { lstat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { FileTable } from '../state/file-table.ts';
import type { FileFilter } from './file-filter.ts';
import { isWithin, notOpened } from './open-within.ts';
import { checkNotEmptied, type RootDirectory } from './root-directory.ts';
import { walkFiles } from './walk-files.ts';

export interface TreeScanParts {
  readonly files: FileTable;
  readonly filter: FileFilter;
  /** Takes a path to look at, relative to the root; resolves when there is room for the next. */
  readonly found: (path: string) => Promise<void>;
  readonly refused: (path: string, reason: string) => void;
  readonly signal: AbortSignal;
}

export interface TreeScanned {
  /** Files that are there and would be published. */
  readonly files: number;
  /** Why a part of the directory is not known; absent when all of it is. */
  readonly trouble?: unknown;
}

/** Records are checked so many at a time. */
const atOnce = 64;

/**
 * Names everything that has to be looked at: what is there, and what was and is not any more. What lies in a directory
 * that cannot be read is left alone. Throws when nothing can be said at all.
 */
export async function scanTree(root: RootDirectory, parts: TreeScanParts): Promise<TreeScanned> {
  await checkNotEmptied(root, parts.files);
  let files = 0;
  let trouble: unknown;
  const unread: string[] = [];
  for await (const walked of walkFiles(
    root.path,
    (directory) => parts.filter.enters(directory),
    parts.signal,
  )) {
    const path = join(root.path, walked.path);
    if (walked.kind === 'no-text') parts.refused(path, 'has a name that is not UTF-8');
    if (walked.kind === 'unread') {
      unread.push(path);
      const why = notOpened(walked.error);
      if (why.kind === 'refused') parts.refused(path, why.reason);
      else trouble = walked.error;
    }
    if (walked.kind !== 'file' || parts.filter.concerns(walked.path) !== walked.path) continue;
    files += 1;
    await parts.found(walked.path);
  }
  await findGone(root, unread, parts);
  return trouble === undefined ? { files } : { files, trouble };
}

async function findGone(root: RootDirectory, unread: readonly string[], parts: TreeScanParts): Promise<void> {
  const { files, filter, found, signal } = parts;
  let some: string[] = [];
  const check = async () => {
    const gone = await Promise.all(some.map(isAbsent));
    for (const [index, path] of some.entries()) if (gone[index]) await found(wayTo(root, path));
    some = [];
  };
  for (const { path, digest } of files.under(root.path)) {
    if (signal.aborted) return;
    const way = wayTo(root, path);
    if (digest === null || filter.concerns(way) !== way) continue;
    if (unread.some((directory) => isWithin(directory, path))) continue;
    some.push(path);
    if (some.length === atOnce) await check();
  }
  await check();
}

function wayTo(root: RootDirectory, path: string): string {
  return relative(root.path, path).split(sep).join('/');
}

async function isAbsent(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return false;
  } catch (error) {
    return notOpened(error).kind === 'absent';
  }
}
