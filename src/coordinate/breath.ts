import type { Clock } from '../base/clock.ts';

/** How long batches may follow one another before everything else of the process has its turn. */
const spellMs = 50;

/**
 * A sink that answers at once is handed batch after batch without the event loop ever turning: for as long as segments
 * last, or come without a turn of it, no poll, no request and no signal would be heard. So now and then delivery takes
 * a breath.
 */
export class Breath {
  readonly #clock: Pick<Clock, 'monotonic' | 'after'>;
  readonly #goOn: () => void;
  /** When the batches began to follow one another: none was before in this turn of the event loop. */
  #since = 0;
  #isTaken = false;
  /** Set until the event loop has turned. */
  #cancel: (() => void) | undefined;

  constructor(clock: Pick<Clock, 'monotonic' | 'after'>, goOn: () => void) {
    this.#clock = clock;
    this.#goOn = goOn;
  }

  /** Whether no batch may begin just now; `goOn` is called when one may. */
  get isTaken(): boolean {
    if (this.#isTaken) return true;
    const now = this.#clock.monotonic();
    if (this.#cancel === undefined) this.#begin(now);
    else if (now - this.#since >= spellMs) {
      // Behind everything else that waits for its turn by now.
      this.#cancel();
      this.#begin(now);
      this.#isTaken = true;
    }
    return this.#isTaken;
  }

  /** Nothing is to be delivered any longer. */
  reset(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#isTaken = false;
  }

  #begin(now: number): void {
    this.#since = now;
    this.#cancel = this.#clock.after(0, () => this.#turned());
  }

  #turned(): void {
    const isTaken = this.#isTaken;
    this.reset();
    if (isTaken) this.#goOn();
  }
}
