import type { PositionRecord } from './position-record.ts';

/**
 * The parked batches that lie behind a subscription's positions, and so need not be read again. Batches are merged into
 * others as long as a fleet lives: one that no poll listed for `unlistedMs` is forgotten. Should a late PUT bring it back, it is
 * read, and seen, once more.
 */
export class SeenBatches {
  readonly #record: Pick<PositionRecord, 'seenBatches' | 'advance' | 'forgetBatches'>;
  readonly #unlistedMs: number;
  readonly #seen: Set<string>;
  /** Since when a batch is not listed, monotonic ms. */
  readonly #unlisted = new Map<string, number>();

  constructor(record: Pick<PositionRecord, 'seenBatches' | 'advance' | 'forgetBatches'>, unlistedMs: number) {
    this.#record = record;
    this.#unlistedMs = unlistedMs;
    this.#seen = new Set(record.seenBatches());
  }

  has(batch: string): boolean {
    return this.#seen.has(batch);
  }

  add(batches: readonly string[]): void {
    if (batches.length === 0) return;
    this.#record.advance({ seenBatches: batches });
    for (const batch of batches) this.#seen.add(batch);
  }

  /** After a complete poll at `now`; what others still read stays. */
  keep(isNeeded: (batch: string) => boolean, now: number): void {
    const forgotten: string[] = [];
    for (const batch of this.#seen) {
      const since = this.#unlisted.get(batch) ?? now;
      if (isNeeded(batch)) this.#unlisted.delete(batch);
      else if (now - since < this.#unlistedMs || forgotten.length === atOnce)
        this.#unlisted.set(batch, since);
      else forgotten.push(batch);
    }
    if (forgotten.length === 0) return;
    this.#record.forgetBatches(forgotten);
    for (const batch of forgotten) {
      this.#seen.delete(batch);
      this.#unlisted.delete(batch);
    }
  }
}

const atOnce = 1000;
