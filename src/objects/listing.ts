import PQueue from 'p-queue';
import { closedError } from '../base/errors.ts';
import type { ObjectReader, ObjectsPage } from '../log/object-reader.ts';
import { compareKeys } from '../store/key-order.ts';
import { KeyScale } from './key-scale.ts';
import { RangeCount } from './range-count.ts';
import { cutsOf, type KeyRange, type Stretch } from './ranges.ts';

export interface ListingParts {
  readonly reader: Pick<ObjectReader, 'list'>;
  readonly prefix: string;
  readonly shardPages: number;
  /** Ranges that are listed at once. */
  readonly atOnce: number;
  /** A folder that nobody needs: left out where a page ends in it. With its `/`. */
  readonly skip: string | undefined;
  /** The folders that there are, as far as they can be told by a few LISTs. */
  readonly folders: () => Promise<readonly string[]>;
  readonly onPage: (page: ObjectsPage) => void | Promise<void>;
  readonly signal: AbortSignal;
}

/** A range that is being listed, or is to be. */
interface Run {
  range: KeyRange;
  readonly count: RangeCount;
  /** Pages after which it is looked at whether to divide what is left. */
  patience: number;
}

/** One listing of all ranges, several at once, each page by page. */
export class Listing {
  readonly #parts: ListingParts;
  readonly #queue: PQueue;
  /** In key order. */
  readonly #runs: Run[];
  /** The store's, ms since the epoch: of the latest answer. */
  time = 0;

  constructor(ranges: readonly KeyRange[], parts: ListingParts) {
    this.#parts = parts;
    this.#queue = new PQueue({ concurrency: parts.atOnce });
    // One that was counted may have grown by some keys.
    const patience = parts.shardPages + (ranges.length > 1 ? 1 : 0);
    this.#runs = ranges.map((range) => this.#runOf(range, patience));
  }

  /** Rejects with the first error at once; nothing more is listed or handed over then. */
  async run(): Promise<void> {
    const { signal } = this.#parts;
    if (signal.aborted) throw closedError('the listing', signal);
    const { promise: failed, reject } = Promise.withResolvers<never>();
    const fail = (error: unknown) => {
      this.#queue.clear();
      reject(error);
    };
    const aborted = () => fail(closedError('the listing', signal));
    signal.addEventListener('abort', aborted, { once: true });
    for (const run of this.#runs) this.#begin(run, fail);
    try {
      await Promise.race([this.#queue.onIdle(), failed]);
    } finally {
      signal.removeEventListener('abort', aborted);
    }
  }

  get pages(): number {
    return this.#runs.reduce((sum, { count }) => sum + count.pages, 0);
  }

  get keys(): number {
    return this.#runs.reduce((sum, { count }) => sum + count.keys, 0);
  }

  stretches(): Stretch[] {
    return this.#runs.flatMap(({ count }) => count.stretches());
  }

  /** The most that any range has come to hold more than it did. */
  growth(): number {
    const grown = this.#runs.map(({ range: { expected }, count: { keys } }) =>
      expected > 0 ? keys - expected : 0,
    );
    return Math.max(0, ...grown);
  }

  #runOf(range: KeyRange, patience: number): Run {
    return { range, count: new RangeCount(this.#parts.prefix, range), patience };
  }

  #begin(run: Run, fail: (error: unknown) => void): void {
    // What fails has failed before the queue can be idle.
    void this.#queue.add(() => this.#list(run, fail).catch(fail));
  }

  async #list(run: Run, fail: (error: unknown) => void): Promise<void> {
    const { reader, prefix, signal, onPage } = this.#parts;
    let after = this.#skipped(run.range.after);
    while (!isBeyond(after, run.range.until)) {
      const { until } = run.range;
      const task = { prefix, ...(after !== undefined && { after }), ...(until !== undefined && { until }) };
      const page = await reader.list(task, { signal });
      if (signal.aborted) throw closedError('the listing', signal);
      this.time = Math.max(this.time, page.time);
      run.count.add(page.keys);
      if (page.keys.length > 0) await onPage(page);
      if (!page.more || page.last === undefined) return;
      if (run.count.pages >= run.patience) await this.#divide(run, page.last, fail);
      after = this.#skipped(page.last);
    }
  }

  /** What is left of a range that turned out long becomes several. */
  async #divide(run: Run, last: string, fail: (error: unknown) => void): Promise<void> {
    const { shardPages, atOnce: mostParts, prefix, folders } = this.#parts;
    const { range, count } = run;
    const { keys } = count;
    run.patience = count.pages + shardPages;
    const scale = new KeyScale(prefix, [...count.folders, ...(await folders())]);
    const cuts = cutsOf({ range, last, keys, scale, shardPages, mostParts });
    if (cuts.length === 0) return;
    run.range = { ...range, until: cuts[0] as string };
    const added = cuts.map((after, index) => {
      const until = cuts[index + 1] ?? range.until;
      return this.#runOf(
        { after, ...(until !== undefined && { until }), expected: 0, before: 0 },
        shardPages,
      );
    });
    this.#runs.splice(this.#runs.indexOf(run) + 1, 0, ...added);
    for (const one of added) this.#begin(one, fail);
  }

  /** Where to go on after a key: behind the folder that is left out, where it lies in that one. */
  #skipped(after: string | undefined): string | undefined {
    const { skip } = this.#parts;
    if (after === undefined || skip === undefined || !after.startsWith(skip)) return after;
    const end = `${skip}${behindNames}`;
    return compareKeys(end, after) > 0 ? end : after;
  }
}

/** Greater than every name that we give. Names beyond it are listed, which does no harm. */
const behindNames = '~';

function isBeyond(after: string | undefined, until: string | undefined): boolean {
  return after !== undefined && until !== undefined && compareKeys(after, until) >= 0;
}
