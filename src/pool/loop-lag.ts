import { monitorEventLoopDelay } from 'node:perf_hooks';

/** How often it looks; a lag is what a look comes later than that. */
const resolutionMs = 10;

/** How late this thread's event loop comes to what is due. Keeps no thread alive. */
export class LoopLag {
  readonly #delay = monitorEventLoopDelay({ resolution: resolutionMs });

  constructor() {
    this.#delay.enable();
  }

  /** The longest since the last call, ms. */
  take(): number {
    if (this.#delay.count === 0) return 0;
    const late = this.#delay.max / 1e6 - resolutionMs;
    this.#delay.reset();
    return Math.max(0, late);
  }
}
