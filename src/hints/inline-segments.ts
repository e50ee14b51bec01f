import type { Clock } from '../base/clock.ts';

export interface InlineLimits {
  readonly maxBytes: number;
  readonly maxAgeMs: number;
}

interface Kept {
  readonly bytes: Uint8Array;
  readonly at: number;
}

/** Segments that came inside hints, as stored and unchecked, until somebody fetches them, or others push them out. */
export class InlineSegments {
  #limits: InlineLimits;
  readonly #clock: Pick<Clock, 'monotonic'>;
  /** By key, the oldest first. */
  readonly #kept = new Map<string, Kept>();
  #bytes = 0;

  constructor(limits: InlineLimits, clock: Pick<Clock, 'monotonic'>) {
    this.#limits = limits;
    this.#clock = clock;
  }

  get bytes(): number {
    this.#expire();
    return this.#bytes;
  }

  /** Another bound, at once. */
  limit(maxBytes: number): void {
    this.#limits = { ...this.#limits, maxBytes };
    this.#shrink();
  }

  /** The first that comes for a key counts. Whoever reaches the channel can hang another segment to a hint that is signed; it costs a GET. */
  keep(key: string, bytes: Uint8Array): void {
    const { maxBytes } = this.#limits;
    this.#expire();
    if (bytes.length > maxBytes || this.#kept.has(key)) return;
    // What arrives may be a view of something larger, which is not to be held.
    this.#kept.set(key, { bytes: Uint8Array.from(bytes), at: this.#clock.monotonic() });
    this.#bytes += bytes.length;
    this.#shrink();
  }

  get(key: string): Uint8Array | undefined {
    this.#expire();
    return this.#kept.get(key)?.bytes;
  }

  drop(key: string): void {
    const kept = this.#kept.get(key);
    if (kept === undefined) return;
    this.#kept.delete(key);
    this.#bytes -= kept.bytes.length;
  }

  #shrink(): void {
    for (const [oldest] of this.#kept) {
      if (this.#bytes <= this.#limits.maxBytes) return;
      this.drop(oldest);
    }
  }

  #expire(): void {
    const end = this.#clock.monotonic() - this.#limits.maxAgeMs;
    for (const [key, { at }] of this.#kept) {
      if (at > end) return;
      this.drop(key);
    }
  }
}
