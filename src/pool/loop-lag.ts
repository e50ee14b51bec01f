import { monitorEventLoopDelay } from 'node:perf_hooks';

/** How often it looks; a lag is what a look comes later than that. Each look wakes an idle process. */
const resolutionMs = 100;
/** Less is not worth telling. */
const leastMs = 1;

/** How late this thread's event loop comes to what is due. Keeps no thread alive. */
export class LoopLag {
  readonly #delay = monitorEventLoopDelay({ resolution: resolutionMs });

  constructor() {
    this.#delay.enable();
  }

  /** The longest since the last call that told of one, ms; else 0. */
  take(): number {
    const late = this.#delay.count === 0 ? 0 : this.#delay.max / 1e6 - resolutionMs;
    if (late < leastMs) return 0;
    // Node does not count the look after a reset, so there is none without need.
    this.#delay.reset();
    return late;
  }
}
