import PQueue from 'p-queue';
import type { Clock } from '../base/clock.ts';
import { fullBucket, type TokenBucket, take, waitMs, withRate } from './token-bucket.ts';

/** Lets transfers in one direction through at a rate, in the order in which they came. */
export class ByteGate {
  readonly #clock: Clock;
  readonly #line = new PQueue({ concurrency: 1 });
  #bucket: TokenBucket;
  /** Makes the first in line look again. */
  #rouse: () => void = () => {};

  /** `rate` in bytes a second; 0 is no limit. */
  constructor(rate: number, clock: Clock) {
    this.#clock = clock;
    this.#bucket = fullBucket(rate, clock.monotonic());
  }

  /** Nothing waits here and nothing has to. */
  get open(): boolean {
    return this.#line.pending === 0 && waitMs(this.#bucket, this.#clock.monotonic()) === 0;
  }

  /** Resolves when `bytes` may go; they are taken then. Rejects with the signal's reason. */
  pass(bytes: number, signal?: AbortSignal): Promise<void> {
    return this.#line.add(() => this.#pass(bytes, signal), signal ? { signal } : {});
  }

  /** Takes what was already transferred; a negative number gives back. */
  pay(bytes: number): void {
    this.#bucket = take(this.#bucket, bytes, this.#clock.monotonic());
    if (bytes < 0) this.#rouse();
  }

  setRate(rate: number): void {
    this.#bucket = withRate(this.#bucket, rate, this.#clock.monotonic());
    this.#rouse();
  }

  /** How many wait. */
  get waiting(): number {
    return this.#line.size + this.#line.pending;
  }

  async #pass(bytes: number, signal: AbortSignal | undefined): Promise<void> {
    for (;;) {
      const wait = waitMs(this.#bucket, this.#clock.monotonic());
      if (wait === 0) break;
      await this.#rest(wait, signal);
      // The line has told the caller; the bytes stay for the next one.
      if (signal?.aborted) return;
    }
    this.pay(bytes);
  }

  #rest(ms: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const stop = () => {
        cancel();
        signal?.removeEventListener('abort', stop);
        if (this.#rouse === stop) this.#rouse = () => {};
        resolve();
      };
      const cancel = this.#clock.after(ms, stop);
      signal?.addEventListener('abort', stop, { once: true });
      this.#rouse = stop;
    });
  }
}
