import { opendir } from 'node:fs/promises';
import { join } from 'node:path';
import type { DirectoryNames } from './directory-names.ts';
import { unless } from './file-errors.ts';
import { directoryOfPrefix, type NamedEntry, parseName } from './file-names.ts';

/** All strings are byte strings; see `file-names.ts`. */
export interface DirectoryQuery {
  readonly prefix: string;
  /** Only entries greater than this. */
  readonly after: string;
  /** Nothing that begins with this: a common prefix that an earlier page gave. */
  readonly skip?: string;
  readonly delimiter: string;
  readonly limit: number;
}

export type ListedEntry =
  | { readonly kind: 'object'; readonly key: string; readonly path: string }
  | { readonly kind: 'prefix'; readonly key: string };

/**
 * The first `limit` entries in order. Reads only directories that can hold some of them; what a delimiter rolls up is
 * looked into just far enough to know that it is not empty.
 */
export async function listDirectory(
  root: string,
  query: DirectoryQuery,
  names: DirectoryNames,
): Promise<readonly ListedEntry[]> {
  const { prefix, after, delimiter, limit } = query;
  const found: ListedEntry[] = [];
  let skip = query.skip;

  const visit = async (path: string, base: string): Promise<void> => {
    for (const entry of await names.read(path, (named) => mayHold(named, base, query))) {
      if (found.length >= limit) return;
      const key = base + entry.key;
      if (skip !== undefined && key.startsWith(skip)) continue;
      const rolled = rollUp(key, prefix, delimiter);
      if (entry.kind === 'directory' && rolled === undefined) {
        await visit(join(path, entry.name), key);
      } else if (rolled === undefined) {
        found.push({ kind: 'object', key, path: join(path, entry.name) });
      } else if (rolled > after && (entry.kind === 'object' || (await holdsObject(join(path, entry.name))))) {
        found.push({ kind: 'prefix', key: rolled });
        skip = rolled;
      }
    }
  };

  const start = directoryOfPrefix(prefix);
  await visit(join(root, ...start.path), start.key);
  return found;
}

/** Whether the entry is an object that the query asks for, or a directory that can hold one. */
function mayHold(entry: NamedEntry, base: string, { prefix, after }: DirectoryQuery): boolean {
  const key = base + entry.key;
  if (entry.kind === 'object') return key > after && key.startsWith(prefix);
  return (key.startsWith(prefix) || prefix.startsWith(key)) && (key > after || after.startsWith(key));
}

/** The common prefix that the key (or all keys of a directory) goes under. */
function rollUp(key: string, prefix: string, delimiter: string): string | undefined {
  if (delimiter === '') return undefined;
  const at = key.indexOf(delimiter, prefix.length);
  return at === -1 ? undefined : key.slice(0, at + delimiter.length);
}

async function holdsObject(path: string): Promise<boolean> {
  const directory = await unless(['ENOENT'], opendir(path));
  if (directory === undefined) return false;
  for await (const { name } of directory) {
    const entry = parseName(name);
    if (entry?.kind === 'object') return true;
    if (entry?.kind === 'directory' && (await holdsObject(join(path, name)))) return true;
  }
  return false;
}
