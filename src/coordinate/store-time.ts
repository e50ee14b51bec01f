import type { Clock } from '../base/clock.ts';

/** The store's time between its answers: the last one heard, carried on by the monotonic clock. */
export class StoreTime {
  readonly #clock: Pick<Clock, 'now' | 'monotonic'>;
  #heard: { readonly time: number; readonly at: number; readonly skewMs: number } | undefined;

  constructor(clock: Pick<Clock, 'now' | 'monotonic'>) {
    this.#clock = clock;
  }

  /** `time` of an answer that has just come, ms since the epoch. */
  hear(time: number): void {
    this.#heard = { time, at: this.#clock.monotonic(), skewMs: this.#clock.now() - time };
  }

  /** Ms since the epoch; `undefined` before the first answer. */
  get now(): number | undefined {
    return this.#heard && this.#heard.time + (this.#clock.monotonic() - this.#heard.at);
  }

  /** Our wall clock minus the store's time when it last answered. */
  get skewMs(): number | undefined {
    return this.#heard?.skewMs;
  }
}
