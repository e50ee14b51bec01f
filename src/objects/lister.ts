import type { ObjectReader, ObjectsPage } from '../log/object-reader.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { Listing } from './listing.ts';
import { planRanges, type Stretch } from './ranges.ts';

export interface ListerParts {
  /** Lists pages, in threads where there are any. */
  readonly reader: Pick<ObjectReader, 'list'>;
  /** Finds folders, which is seldom needed. With retries and admission. */
  readonly store: Pick<ObjectStore, 'list'>;
  /** `objects.prefix` */
  readonly prefix: string;
  /** `objects.shardPages` */
  readonly shardPages: number;
  /** Ranges that are listed at once: a few for each thread. */
  readonly atOnce: number;
  /** A folder below the prefix that nobody needs, such as our own, with its `/`: left out as far as that saves pages. */
  readonly skip?: string;
}

export interface Listed {
  /** The store's time of its latest answer, ms since the epoch. */
  readonly time: number;
  /** LISTs that were answered, those for folders included. */
  readonly pages: number;
  readonly keys: number;
}

/** LISTs for folders: thousands are known well enough by the first of them. */
const mostFolderPages = 10;

/**
 * Lists all objects of the layout again and again. A short listing is one run of pages. Once it exceeds `shardPages`,
 * the rest is divided into ranges that are listed in parallel: by the folders that there are, and by the digits that
 * names begin with. The next listing plans from what the last one counted (`ranges.ts`), without a look for folders.
 *
 * Every key that stood there all the time is handed over exactly once.
 */
export class ObjectsLister {
  readonly #parts: ListerParts;
  #stretches: readonly Stretch[] = [];
  #room = 0;

  constructor(parts: ListerParts) {
    this.#parts = parts;
  }

  /**
   * Pages of one range come in key order, one at a time: the next is asked for when `onPage` is done. Those of several
   * ranges come as they come. Rejects with the first error, also of `onPage`, and then hands over nothing more;
   * `closed` when the signal aborts.
   */
  async list(
    onPage: (page: ObjectsPage) => void | Promise<void>,
    signal: AbortSignal = new AbortController().signal,
  ): Promise<Listed> {
    const { shardPages } = this.#parts;
    const stopping = new AbortController();
    const both = AbortSignal.any([signal, stopping.signal]);
    const folders = new FolderSearch(this.#parts);
    const ranges = planRanges(this.#stretches, { shardPages, room: this.#room });
    const listing = new Listing(ranges, {
      skip: undefined,
      ...this.#parts,
      onPage,
      folders: () => folders.find(both),
      signal: both,
    });
    try {
      await listing.run();
    } finally {
      stopping.abort();
    }
    this.#stretches = listing.stretches();
    // What a range has gained it may gain again, and more.
    this.#room = 2 * listing.growth();
    return { time: listing.time, pages: listing.pages + folders.pages, keys: listing.keys };
  }
}

/** Looks for folders, once in a listing. */
class FolderSearch {
  readonly #parts: ListerParts;
  #found: Promise<readonly string[]> | undefined;
  pages = 0;

  constructor(parts: ListerParts) {
    this.#parts = parts;
  }

  find(signal: AbortSignal): Promise<readonly string[]> {
    this.#found ??= this.#find(signal);
    return this.#found;
  }

  async #find(signal: AbortSignal): Promise<string[]> {
    const { store, prefix } = this.#parts;
    const folders: string[] = [];
    let continuation: string | undefined;
    do {
      const more = continuation === undefined ? {} : { continuation };
      const page = await store.list(prefix, { delimiter: '/', ...more, signal });
      this.pages += 1;
      folders.push(...page.prefixes);
      // A page of keys that stand beside the folders: there may be any number of them.
      continuation = page.prefixes.length > 0 ? page.next : undefined;
    } while (continuation !== undefined && this.pages < mostFolderPages);
    return folders;
  }
}
