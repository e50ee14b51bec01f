import type { Clock } from '../base/clock.ts';

const counterBits = 16n;
const maxHlc = 0xffff_ffff_ffff_ffffn;
/** How far ahead of the store's clock an update may claim to be: its answers are rounded to whole seconds. */
const aheadMs = 1000;

/**
 * Stamps updates so that "which of two servers' updates of one URL is newer" has one answer: 48 bits of wall clock
 * (ms since the epoch), 16 bits of counter. Every `tick` is greater than all before it and than all observed.
 *
 * The wall clock and whatever is observed count only up to the store's time + 1 s (its last answer, carried on by
 * the monotonic clock), so that one clock that is ahead cannot win for ever. Until the store was heard, the wall
 * clock is all there is: a publisher asks for the fleet id first, which tells it.
 */
export class HybridClock {
  readonly #clock: Pick<Clock, 'now' | 'monotonic'>;
  #last = 0n;
  #storeTime: { readonly at: number; readonly heard: number } | undefined;

  constructor(clock: Pick<Clock, 'now' | 'monotonic'>) {
    this.#clock = clock;
  }

  /** `ms`: the time in an answer of the store, ms since the epoch. The latest one counts. */
  observeStoreTime(ms: number): void {
    this.#storeTime = { at: ms, heard: this.#clock.monotonic() };
  }

  /** The stamp of the next update. A burst of more than 65,535 in a millisecond carries into the milliseconds. */
  tick(): bigint {
    const wall = hlcOf(Math.min(this.#clock.now(), this.#cap()));
    this.#last = wall > this.#last ? wall : this.#last + 1n;
    return this.#last;
  }

  /** A stamp seen in another writer's update: what is published from now on is newer than it. */
  observe(hlc: bigint): void {
    const cap = hlcOf(this.#cap());
    const seen = hlc < cap ? hlc : cap;
    if (seen > this.#last) this.#last = seen;
  }

  /** The latest time, ms since the epoch, that an update may claim just now. */
  get latest(): number {
    return this.#cap();
  }

  #cap(): number {
    if (this.#storeTime === undefined) return this.#clock.now();
    return this.#storeTime.at + (this.#clock.monotonic() - this.#storeTime.heard) + aheadMs;
  }
}

/** 16 hex digits, which compare as strings like the numbers. */
export function formatHlc(hlc: bigint): string {
  if (hlc < 0n || hlc > maxHlc) throw new RangeError(`expected 64 bits, got ${hlc}`);
  return hlc.toString(16).padStart(16, '0');
}

/** The wall-clock part, ms since the epoch. */
export function hlcTime(hlc: bigint): number {
  return Number(hlc >> counterBits);
}

/** The earliest stamp of a time, ms since the epoch. */
export function hlcOf(ms: number): bigint {
  return BigInt(Math.max(0, Math.floor(ms))) << counterBits;
}
