import type { Clock } from '../base/clock.ts';

/** How long batches may follow one another before everything else of the process has its turn. */
const spellMs = 50;

/**
 * A sink that answers at once is handed batch after batch without the event loop ever turning: for as long as fetched
 * segments last, no poll, no request and no signal would be heard. So now and then delivery takes a breath.
 */
export class Breath {
  readonly #clock: Pick<Clock, 'monotonic' | 'after'>;
  readonly #goOn: () => void;
  /** When the batches began to follow one another. */
  #since: number | undefined;
  #cancel: (() => void) | undefined;

  constructor(clock: Pick<Clock, 'monotonic' | 'after'>, goOn: () => void) {
    this.#clock = clock;
    this.#goOn = goOn;
  }

  /** Whether no batch may begin just now; `goOn` is called when one may. */
  get isTaken(): boolean {
    if (this.#cancel !== undefined) return true;
    const now = this.#clock.monotonic();
    this.#since ??= now;
    if (now - this.#since < spellMs) return false;
    this.#cancel = this.#clock.after(0, () => {
      this.reset();
      this.#goOn();
    });
    return true;
  }

  /** Nothing is to be delivered, so the event loop turns by itself. */
  reset(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#since = undefined;
  }
}
