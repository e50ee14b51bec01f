import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes a directory and all that is missing above it; answers with the topmost that it made, if any. Unlike Node's own
 * recursive mkdir it ends on file systems that refuse new names with ENOENT (`/proc`, some network mounts), where
 * that one tries for ever.
 */
export function makeDirectory(path: string, { mode }: { readonly mode?: number } = {}): string | undefined {
  const attempt = (): boolean => {
    try {
      mkdirSync(path, mode);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST' && isDirectory(path)) return false;
      throw error;
    }
  };
  try {
    return attempt() ? path : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || dirname(path) === path) throw error;
  }
  const first = makeDirectory(dirname(path));
  return attempt() ? (first ?? path) : first;
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
