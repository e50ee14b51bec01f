import { open, rmdir } from 'node:fs/promises';
import { dirname, sep } from 'node:path';
import { makeDirectory } from '../base/make-directory.ts';
import { codeOf } from './file-errors.ts';

/**
 * Makes directory entries survive a power failure: a file is durable when its bytes are, and its name in its
 * directory, and that directory's name in its parent, up to the root. Below `root` only.
 */
export class DurableDirectories {
  readonly #root: string;
  readonly #running = new Map<string, Promise<void>>();
  readonly #next = new Map<string, Promise<void>>();
  /** Directories whose own place is known to be durable, by inode: one made anew under an old name is not. */
  readonly #placed = new Map<string, bigint>();

  constructor(root: string) {
    this.#root = root;
  }

  /** Creates the root with all that is missing above it. */
  async createRoot(): Promise<void> {
    const first = makeDirectory(this.#root);
    if (first === undefined) return;
    const top = dirname(first);
    for (let path = dirname(this.#root); path.length >= top.length; path = dirname(path)) {
      await syncDirectory(path);
      if (path === dirname(path)) return;
    }
  }

  /**
   * Everything that was entered into this directory before the call is durable when it resolves. Those who ask
   * while a sync is under way share the one after it.
   */
  sync(path: string): Promise<void> {
    const waiting = this.#next.get(path);
    if (waiting !== undefined) return waiting;
    const begin = () => {
      this.#next.delete(path);
      const run = this.#sync(path).finally(() => {
        if (this.#running.get(path) === run) this.#running.delete(path);
      });
      this.#running.set(path, run);
      return run;
    };
    const before = this.#running.get(path);
    if (before === undefined) return begin();
    const next = before.then(begin, begin);
    this.#next.set(path, next);
    return next;
  }

  /** Takes away directories that became empty, from `path` upwards; answers with the first that stays. */
  async prune(path: string): Promise<string> {
    let at = path;
    while (at !== this.#root && at.startsWith(this.#root + sep)) {
      try {
        await rmdir(at);
      } catch (error) {
        // Not empty, or another process was here first.
        if (codeOf(error) !== 'ENOENT') return at;
      }
      at = dirname(at);
    }
    return at;
  }

  async #sync(path: string): Promise<void> {
    const inode = await syncDirectory(path);
    if (path === this.#root || (inode !== undefined && this.#placed.get(path) === inode)) return;
    await this.sync(dirname(path));
    if (inode === undefined) return;
    if (this.#placed.size >= 10_000) this.#placed.clear();
    this.#placed.set(path, inode);
  }
}

/** Its inode; `undefined` when it is gone, and with it all that there was to keep. */
async function syncDirectory(path: string): Promise<bigint | undefined> {
  try {
    const handle = await open(path, 'r');
    try {
      const { ino } = await handle.stat({ bigint: true });
      await handle.sync();
      return ino;
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
