import type { EventLoopUtilization } from 'node:perf_hooks';
import type { Worker } from 'node:worker_threads';
import type { Clock } from '../base/clock.ts';

/** Readings closer together than this share one, for several may look. */
const leastSpanMs = 1000;

/** Part of the time that a thread's event loop is busy, from one look to the next. */
export class ThreadLoad {
  readonly #clock: Pick<Clock, 'monotonic'>;
  #worker: Worker | undefined;
  #before: EventLoopUtilization | undefined;
  #readAt = Number.NEGATIVE_INFINITY;
  #last = 0;

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  watch(worker: Worker): void {
    this.#worker = worker;
    this.#before = undefined;
    this.#last = 0;
    worker.once('exit', () => {
      if (this.#worker === worker) this.#worker = undefined;
    });
  }

  /** 0..1 */
  read(): number {
    if (!this.#worker) return 0;
    const now = this.#clock.monotonic();
    if (this.#before && now - this.#readAt < leastSpanMs) return this.#last;
    const { performance } = this.#worker;
    const { utilization } = performance.eventLoopUtilization(this.#before);
    this.#before = performance.eventLoopUtilization();
    this.#readAt = now;
    this.#last = utilization;
    return utilization;
  }
}
