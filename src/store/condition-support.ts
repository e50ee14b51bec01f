import type { PutAnswer } from './object-store.ts';

/**
 * Whether a store honours put-if-absent, found out without a key of its own: what was just written is written again,
 * with the same bytes. Until that is known, and where it does not, whoever must not overwrite has to look first.
 */
export class ConditionSupport {
  #honoured: boolean | undefined;
  #asking = false;

  get isKnownHonoured(): boolean {
    return this.#honoured === true;
  }

  /** A put-if-absent answered `conflict`. */
  refused(): void {
    this.#honoured = true;
  }

  /** `again` repeats a put-if-absent that has just succeeded. That it fails says nothing; the next one asks again. */
  async learn(again: () => Promise<PutAnswer>): Promise<void> {
    if (this.#honoured !== undefined || this.#asking) return;
    this.#asking = true;
    try {
      this.#honoured = (await again()).status === 'conflict';
    } catch {
      this.#honoured = undefined;
    } finally {
      this.#asking = false;
    }
  }
}
