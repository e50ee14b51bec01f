import { folderOf } from './key-scale.ts';
import { type KeyRange, type Stretch, stretchKeys } from './ranges.ts';

/** What a listing has counted in one range so far. */
export class RangeCount {
  readonly #prefix: string;
  readonly #before: number;
  readonly #stretches: Stretch[] = [];
  readonly #folders = new Set<string>();
  #folder: string | undefined;
  #last: string | undefined;
  #open = 0;
  keys = 0;
  pages = 0;

  constructor(prefix: string, range: KeyRange) {
    this.#prefix = prefix;
    this.#before = range.before;
  }

  /** In which keys were found. */
  get folders(): Iterable<string> {
    return this.#folders;
  }

  add(keys: readonly string[]): void {
    this.pages += 1;
    for (const key of keys) {
      this.keys += 1;
      this.#open += 1;
      this.#last = key;
      if (this.#folder === undefined || !key.startsWith(this.#folder)) this.#enter(key);
      // Counted from where the last listing counted it to begin, stretches of a steady bucket end where pages do.
      if ((this.#before + this.keys) % stretchKeys === 0) this.#close(key);
    }
  }

  stretches(): readonly Stretch[] {
    if (this.#last !== undefined && this.#open > 0) this.#close(this.#last);
    return this.#stretches;
  }

  #close(until: string): void {
    this.#stretches.push({ until, keys: this.#open });
    this.#open = 0;
  }

  #enter(key: string): void {
    this.#folder = folderOf(this.#prefix, key);
    if (this.#folder !== undefined) this.#folders.add(this.#folder);
  }
}
