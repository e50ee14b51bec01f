import PQueue from 'p-queue';
import type { Clock } from '../base/clock.ts';
import { fullBucket, type TokenBucket, take, waitMs, withRate } from './token-bucket.ts';

/** A waiter looks again this often, so that a raised limit is felt soon. */
const longestSleepMs = 1000;

/** Lets transfers in one direction through at a rate, in the order in which they came. */
export class ByteGate {
  readonly #clock: Clock;
  readonly #line = new PQueue({ concurrency: 1 });
  #bucket: TokenBucket;

  /** `rate` in bytes a second; 0 is no limit. */
  constructor(rate: number, clock: Clock) {
    this.#clock = clock;
    this.#bucket = fullBucket(rate, clock.monotonic());
  }

  /** Nothing waits here and nothing has to. */
  get open(): boolean {
    return this.#line.pending === 0 && waitMs(this.#bucket, this.#clock.monotonic()) === 0;
  }

  /** Resolves when `bytes` may go; they are taken then. Rejects with the signal's reason, or `closed`. */
  pass(bytes: number, signal?: AbortSignal): Promise<void> {
    return this.#line.add(() => this.#pass(bytes, signal), signal ? { signal } : {});
  }

  /** Takes what was already transferred; a negative number gives back. */
  pay(bytes: number): void {
    this.#bucket = take(this.#bucket, bytes, this.#clock.monotonic());
  }

  setRate(rate: number): void {
    this.#bucket = withRate(this.#bucket, rate, this.#clock.monotonic());
  }

  /** How many wait. */
  get waiting(): number {
    return this.#line.size + this.#line.pending;
  }

  async #pass(bytes: number, signal: AbortSignal | undefined): Promise<void> {
    for (;;) {
      const wait = waitMs(this.#bucket, this.#clock.monotonic());
      if (wait === 0) break;
      await this.#clock.sleep(Math.min(wait, longestSleepMs), signal);
    }
    this.pay(bytes);
  }
}
