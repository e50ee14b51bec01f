import { isUtf8 } from 'node:buffer';
import type { Dirent } from 'node:fs';
import { opendir } from 'node:fs/promises';
import { join } from 'node:path';

/** What a walk comes across; paths are relative to its root, with slashes. */
export type Walked =
  /** A file, a link, or whatever else is no directory. */
  | { readonly kind: 'file'; readonly path: string }
  /** Its name is no text, so no record, update or pattern can name it. `path` has the nearest text. */
  | { readonly kind: 'no-text'; readonly path: string }
  /** A directory that cannot be read: what lies in it is unknown, not gone. */
  | { readonly kind: 'unread'; readonly path: string; readonly error: unknown };

/** Names are asked for as bytes, so that those that are no text are seen. */
const asBytes = { encoding: 'buffer' as BufferEncoding, bufferSize: 128 };

/**
 * Everything below a directory, a few names in memory at a time. Directories are entered, links to them are not: so there
 * are no circles. Throws when the root itself cannot be read.
 */
export async function* walkFiles(
  root: string,
  enters: (directory: string) => boolean,
  signal?: AbortSignal,
): AsyncGenerator<Walked> {
  const directories = [''];
  for (let directory = directories.pop(); directory !== undefined; directory = directories.pop()) {
    try {
      for await (const entry of await opendir(join(root, directory), asBytes)) {
        if (signal?.aborted) return;
        const { path, isText } = pathOf(directory, entry);
        if (!isText) yield { kind: 'no-text', path };
        else if (!entry.isDirectory()) yield { kind: 'file', path };
        else if (enters(path)) directories.push(path);
      }
    } catch (error) {
      if (directory === '') throw error;
      // Gone since its parent was read: no trouble.
      if (!isGone(error)) yield { kind: 'unread', path: directory, error };
    }
  }
}

function pathOf(directory: string, entry: Dirent): { readonly path: string; readonly isText: boolean } {
  const bytes = entry.name as unknown as Buffer;
  const name = bytes.toString('utf8');
  return { path: directory === '' ? name : `${directory}/${name}`, isText: isUtf8(bytes) };
}

function isGone(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR';
}
