import { type Clock, sleepOn } from '../../src/base/clock.ts';

/**
 * One process's view of the simulated time: a wall clock that may be wrong, timers that wait while the
 * process is paused and never fire once it is killed.
 */
export class NodeClock implements Clock {
  readonly #base: Clock;
  readonly #offsetMs: number;
  #state: 'running' | 'paused' | 'dead' = 'running';
  #waiting: (() => void)[] = [];

  constructor(base: Clock, offsetMs: number) {
    this.#base = base;
    this.#offsetMs = offsetMs;
  }

  get dead(): boolean {
    return this.#state === 'dead';
  }

  now(): number {
    return this.#base.now() + Math.floor(this.#offsetMs);
  }

  monotonic(): number {
    return this.#base.monotonic();
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return sleepOn(this, ms, signal);
  }

  after(ms: number, action: () => void): () => void {
    let live = true;
    const run = () => {
      if (live) action();
    };
    const cancel = this.#base.after(ms, () => this.#deliver(run));
    return () => {
      live = false;
      cancel();
    };
  }

  pause(): void {
    if (this.#state === 'running') this.#state = 'paused';
  }

  resume(): void {
    if (this.#state !== 'paused') return;
    this.#state = 'running';
    for (const action of this.#waiting.splice(0)) this.#deliver(action);
  }

  kill(): void {
    this.#state = 'dead';
    this.#waiting = [];
  }

  #deliver(action: () => void): void {
    if (this.#state === 'running') action();
    else if (this.#state === 'paused') this.#waiting.push(action);
  }
}
