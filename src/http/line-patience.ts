import type { Clock } from '../base/clock.ts';

/**
 * Many publishes that are waited for together: when none of them has ended for `timeoutMs`, nobody waits for any of them
 * any more. One timer for all, and a signal for each, since one with thousands of listeners is slow.
 */
export class LinePatience {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #stalled: () => unknown;
  readonly #open = new Set<AbortController>();
  #endedAt = 0;
  #cancel: (() => void) | undefined;
  #over: unknown;

  /** `stalled` gives the error that all of them then throw. */
  constructor(clock: Clock, timeoutMs: number, stalled: () => unknown) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
    this.#stalled = stalled;
  }

  async for<Result>(publish: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    if (this.#over !== undefined) throw this.#over as Error;
    const controller = new AbortController();
    if (this.#open.size === 0) this.#endedAt = this.#clock.monotonic();
    this.#open.add(controller);
    this.#cancel ??= this.#clock.after(this.#timeoutMs, () => this.#look());
    try {
      return await publish(controller.signal);
    } catch (error) {
      throw controller.signal.aborted ? (controller.signal.reason as Error) : error;
    } finally {
      this.#open.delete(controller);
      this.#endedAt = this.#clock.monotonic();
    }
  }

  /** Nobody waits any more, for this reason. */
  end(reason: unknown): void {
    this.#over ??= reason;
    this.#cancel?.();
    for (const controller of this.#open) controller.abort(this.#over);
  }

  #look(): void {
    this.#cancel = undefined;
    if (this.#open.size === 0) return;
    const left = this.#endedAt + this.#timeoutMs - this.#clock.monotonic();
    if (left <= 0) this.end(this.#stalled());
    else this.#cancel = this.#clock.after(left, () => this.#look());
  }
}
