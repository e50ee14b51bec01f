import type { Update } from '../base/update.ts';

/**
 * The updates of one delivery that their receiver has taken, in whatever order: as soon as it has all up to some update, that
 * one is acknowledged.
 */
export class AcceptedUpdates {
  readonly #updates: readonly Update[];
  readonly #accepted: WeakSet<Update>;
  readonly #ack: (upTo: Update) => void;
  #next = 0;

  /** `accepted` holds those of earlier deliveries as well. */
  constructor(updates: readonly Update[], accepted: WeakSet<Update>, ack: (upTo: Update) => void) {
    this.#updates = updates;
    this.#accepted = accepted;
    this.#ack = ack;
  }

  /** Those not taken yet. */
  get missing(): readonly Update[] {
    return this.#updates.filter((update) => !this.#accepted.has(update));
  }

  add(updates: readonly Update[]): void {
    for (const update of updates) this.#accepted.add(update);
    const before = this.#next;
    for (let at = before; this.#isAccepted(at); at += 1) this.#next = at + 1;
    const last = this.#updates[this.#next - 1];
    if (this.#next > before && last !== undefined) this.#ack(last);
  }

  #isAccepted(at: number): boolean {
    const update = this.#updates[at];
    return update !== undefined && this.#accepted.has(update);
  }
}
