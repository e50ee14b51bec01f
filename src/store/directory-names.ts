import { readdir, stat } from 'node:fs/promises';
import type { Clock } from '../base/clock.ts';
import { unless } from './file-errors.ts';
import { type NamedEntry, parseName } from './file-names.ts';

interface Known {
  readonly inode: bigint;
  readonly modified: bigint;
  readonly entries: readonly NamedEntry[];
}

/** Below this, reading a directory again is cheaper than remembering it. */
const LARGE = 2000;
/** Large directories remembered: at about 100 bytes a name. */
const REMEMBERED = 4;
/** A directory's time stamp ticks more coarsely than it changes; one older than this no longer hides a change. */
const SETTLED_MS = 2000;

/**
 * The entries of directories, in order. Large ones that nobody writes to are remembered, so that paging through a lane
 * of 100,000 segments sorts it once and not once a page.
 */
export class DirectoryNames {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #known = new Map<string, Known>();

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  /** Those entries that are wanted; none when the directory does not exist. */
  async read(path: string, wanted: (entry: NamedEntry) => boolean): Promise<readonly NamedEntry[]> {
    const known = this.#known.get(path);
    const before = await unless(['ENOENT'], stat(path, { bigint: true }));
    if (before === undefined) {
      this.#known.delete(path);
      return [];
    }
    if (known?.inode === before.ino && known.modified === before.mtimeNs) return known.entries.filter(wanted);
    this.#known.delete(path);
    const names = (await unless(['ENOENT'], readdir(path))) ?? [];
    const entries = names.map(parseName).filter((entry) => entry !== undefined);
    const settled = Number(before.mtimeNs / 1_000_000n) + SETTLED_MS < this.#clock.now();
    if (names.length < LARGE || !settled) return entries.filter(wanted).sort(byKey);
    entries.sort(byKey);
    for (const oldest of [...this.#known.keys()].slice(0, -(REMEMBERED - 1))) this.#known.delete(oldest);
    this.#known.set(path, { inode: before.ino, modified: before.mtimeNs, entries });
    return entries.filter(wanted);
  }
}

const byKey = (a: NamedEntry, b: NamedEntry): number => (a.key < b.key ? -1 : Number(a.key > b.key));
