import type { Clock } from '../base/clock.ts';

/**
 * The kernel drops events when its queue is full (16,384 by default, less where somebody chose so), and Node does not say
 * so. What was in the queue then still comes: so many events in so short a time say that there may have been more.
 */
const many = 1000;
const windowMs = 5000;

/** Counts events to see when some were perhaps lost. */
export class EventBursts {
  readonly #clock: Pick<Clock, 'monotonic'>;
  #since = Number.NEGATIVE_INFINITY;
  #count = 0;

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  /** Counts one; true at every thousandth of a burst. */
  isBurst(): boolean {
    const now = this.#clock.monotonic();
    if (now - this.#since > windowMs) {
      this.#since = now;
      this.#count = 0;
    }
    this.#count += 1;
    return this.#count % many === 0;
  }
}
