import type { Replay } from '../coordinate/replay.ts';
import type { PendingObject } from '../state/object-table.ts';
import type { Advance, NewDeadLetter } from '../state/state.ts';
import { type ObjectInHand, objectLetter } from './object-entries.ts';
import type { ReadyObject } from './object-intake.ts';
import { letterInHand } from './object-replay.ts';

interface Held {
  readonly object: ObjectInHand;
  /** Absent for a letter that is delivered again. */
  readonly pending: PendingObject | undefined;
}

/** What the sink's runner has, by the tokens that stand for it there. */
export class ObjectsInHand {
  readonly #held = new Map<string, Held>();

  get size(): number {
    return this.#held.size;
  }

  take(ready: readonly ReadyObject[]): void {
    for (const { object, pending } of ready) this.#held.set(object.token, { object, pending });
  }

  takeLetter({ letter }: Replay, prefix: string): void {
    const object = letterInHand(letter, prefix);
    this.#held.set(object.token, { object, pending: undefined });
  }

  /** What a change of the runner's comes to: letters with the names of their objects, and the objects dealt with. */
  named({ positions = [], deadLetters = [], replayed }: Advance): {
    readonly change: Advance;
    readonly objects: readonly PendingObject[];
  } {
    const letters = deadLetters.map((letter) => this.#letter(letter));
    return {
      change: { deadLetters: letters, ...(replayed !== undefined && { replayed }) },
      objects: positions.flatMap(({ writer }) => this.#held.get(writer)?.pending ?? []),
    };
  }

  /** The change is committed. A letter that was delivered again had the runner for itself. */
  committed({ positions = [], replayed }: Advance): void {
    for (const { writer } of positions) this.#held.delete(writer);
    if (replayed !== undefined) this.#held.clear();
  }

  clear(): void {
    this.#held.clear();
  }

  /** What a replay has found to be dead still is named already. */
  #letter(letter: NewDeadLetter): NewDeadLetter {
    const held = this.#held.get(letter.writer);
    return held === undefined ? letter : objectLetter(letter, held.object);
  }
}
