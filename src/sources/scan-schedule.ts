import type { Clock } from '../base/clock.ts';

/** However many ask for a scan, there is at least so much time between one and the next. */
const gapMs = 1000;

/** When to scan next: after some time, or soon after somebody asked. */
export class ScanSchedule {
  readonly #clock: Pick<Clock, 'monotonic' | 'after'>;
  #isAsked = false;
  #isStopped = false;
  /** Ends the wait that is going on: one that asking ends, or one that only stopping does. */
  #end: { readonly byAsking: boolean; readonly now: () => void } | undefined;

  constructor(clock: Pick<Clock, 'monotonic' | 'after'>) {
    this.#clock = clock;
  }

  /** For whoever has reason to believe that something was missed. */
  ask(): void {
    this.#isAsked = true;
    if (this.#end?.byAsking) this.#end.now();
  }

  stop(): void {
    this.#isStopped = true;
    this.#end?.now();
  }

  /** Resolves after `ms`, or once somebody has asked since the last call and the gap is over; at once when stopped. */
  async wait(ms: number): Promise<void> {
    const start = this.#clock.monotonic();
    if (!this.#isAsked) await this.#sleep(ms, true);
    const left = Math.min(ms, gapMs) - (this.#clock.monotonic() - start);
    if (this.#isAsked && left > 0) await this.#sleep(left, false);
    // Whoever asks from here on asks for another scan than the one that begins now.
    this.#isAsked = false;
  }

  async #sleep(ms: number, byAsking: boolean): Promise<void> {
    if (this.#isStopped) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = this.#clock.after(ms, resolve);
    this.#end = { byAsking, now: resolve };
    await promise;
    this.#end = undefined;
    cancel();
  }
}
