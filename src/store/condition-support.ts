import type { PutAnswer } from './object-store.ts';

/**
 * Whether a store honours a condition of writes, found out without a key of its own: what was just written is written again, with
 * the same bytes, under a condition that does not hold. Until that is known, and where it does not, whoever must not overwrite
 * has to look first, or leave it.
 */
export class ConditionSupport {
  #honoured: boolean | undefined;
  #asking: Promise<void> | undefined;

  get isKnownHonoured(): boolean {
    return this.#honoured === true;
  }

  get isKnownIgnored(): boolean {
    return this.#honoured === false;
  }

  /** A write under a condition answered `conflict`. */
  refused(): void {
    this.#honoured = true;
  }

  /** `again` repeats a write that has just succeeded. That it fails says nothing; the next one asks again. One asks at a time. */
  async learn(again: () => Promise<PutAnswer>): Promise<void> {
    if (this.#honoured !== undefined) return;
    this.#asking ??= this.#ask(again);
    await this.#asking;
  }

  async #ask(again: () => Promise<PutAnswer>): Promise<void> {
    try {
      this.#honoured = (await again()).status === 'conflict';
    } catch {
      this.#honoured = undefined;
    } finally {
      this.#asking = undefined;
    }
  }
}
