import type { LostRange } from '../state/recovery-table.ts';
import type { EndedRecovery, NewDeadLetter, Recovered } from '../state/state.ts';

/** What a subscription without a name has yet to look for in a snapshot; nothing of it outlives the process. */
export class PassingRecoveries {
  #ranges: LostRange[] = [];
  #letters = 0;

  get ranges(): readonly LostRange[] {
    return [...this.#ranges];
  }

  add({ writer, lane, sequence, endSequence }: NewDeadLetter): void {
    this.#letters += 1;
    this.#ranges.push({ letter: this.#letters, writer, lane, from: sequence, to: endSequence, updates: 0 });
  }

  count(recovered: readonly Recovered[]): void {
    const counts = new Map(recovered.map(({ letter, updates }) => [letter, updates]));
    this.#ranges = this.#ranges.map((range) => ({
      ...range,
      updates: range.updates + (counts.get(range.letter) ?? 0),
    }));
  }

  countAnew(): void {
    this.#ranges = this.#ranges.map((range) => ({ ...range, updates: 0 }));
  }

  end(ended: readonly EndedRecovery[]): void {
    const letters = new Set(ended.map(({ letter }) => letter));
    this.#ranges = this.#ranges.filter(({ letter }) => !letters.has(letter));
  }
}
