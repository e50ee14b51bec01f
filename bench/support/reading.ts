import type { Update } from '../../src/index.ts';
import type { FeedEntry } from './feed-entry.ts';

/** Where handlers in threads say what they have read: `{ count, sum }`. */
export const readsChannel = 'bench-reads';

/** Counts what has arrived, and knows by a sum over the contents that they were read, each once. */
export class Reading {
  /** Resolves with the count when everything is there; rejects when the contents were others. */
  readonly done: Promise<number>;
  readonly #settle = Promise.withResolvers<number>();
  readonly #expected: { readonly count: number; readonly sum: number };
  #count = 0;
  #sum = 0;

  constructor(count: number, sum: number) {
    this.#expected = { count, sum };
    this.done = this.#settle.promise;
  }

  add(count: number, sum: number): void {
    this.#count += count;
    this.#sum += sum;
    if (this.#count < this.#expected.count) return;
    if (this.#sum === this.#expected.sum) this.#settle.resolve(this.#count);
    else this.#settle.reject(new Error(`the contents sum up to ${this.#sum}, not ${this.#expected.sum}`));
  }
}

/** Parses every content, since that happens when it is read. */
export function sumOfReads(updates: readonly Update[]): number {
  let sum = 0;
  for (const update of updates) sum += (update.content as unknown as FeedEntry).reads;
  return sum;
}
