import { type Clock, sleepOn } from '../../src/base/clock.ts';

/**
 * One process's view of the simulated time: a wall clock that may be wrong, a monotonic one that may run a little slow or fast, timers
 * that wait while the process is paused and never fire once it is killed. While its machine sleeps, its monotonic clock stands still too.
 */
export class NodeClock implements Clock {
  readonly #base: Clock;
  readonly #offsetMs: number;
  /** Its milliseconds in one of the world. */
  readonly #rate: number;
  #state: 'running' | 'paused' | 'dead' = 'running';
  #waiting: (() => void)[] = [];
  /** Time that the monotonic clock has missed, and since when it stands still. */
  #sleptMs = 0;
  #asleepSince: number | undefined;
  #hasSlept = false;

  constructor(base: Clock, offsetMs: number, rate = 1) {
    this.#base = base;
    this.#offsetMs = offsetMs;
    this.#rate = rate;
  }

  /** Its machine was suspended at some time. */
  get hasSlept(): boolean {
    return this.#hasSlept;
  }

  get dead(): boolean {
    return this.#state === 'dead';
  }

  now(): number {
    return this.#base.now() + Math.floor(this.#offsetMs);
  }

  monotonic(): number {
    return ((this.#asleepSince ?? this.#base.monotonic()) - this.#sleptMs) * this.#rate;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return sleepOn(this, ms, signal);
  }

  after(ms: number, action: () => void): () => void {
    const due = this.monotonic() + ms;
    let live = true;
    let cancel: () => void;
    const run = () => {
      if (!live) return;
      const left = due - this.monotonic();
      // By less than a rounding error it is due.
      if (left < 1e-6) action();
      else cancel = this.#base.after(this.#inWorld(left), () => this.#deliver(run));
    };
    cancel = this.#base.after(this.#inWorld(ms), () => this.#deliver(run));
    return () => {
      live = false;
      cancel();
    };
  }

  pause(): void {
    if (this.#state === 'running') this.#state = 'paused';
  }

  /** The machine is suspended, until `resume()`. */
  sleepMachine(): void {
    if (this.#state !== 'running') return;
    this.#state = 'paused';
    this.#hasSlept = true;
    this.#asleepSince = this.#base.monotonic();
  }

  resume(): void {
    if (this.#state !== 'paused') return;
    if (this.#asleepSince !== undefined) this.#sleptMs += this.#base.monotonic() - this.#asleepSince;
    this.#asleepSince = undefined;
    this.#state = 'running';
    for (const action of this.#waiting.splice(0)) this.#deliver(action);
  }

  kill(): void {
    this.#state = 'dead';
    this.#waiting = [];
  }

  /** A little more, so that what is due is not early by a rounding error, and then for ever again. */
  #inWorld(ms: number): number {
    return this.#rate === 1 ? ms : ms / this.#rate + 1e-6;
  }

  #deliver(action: () => void): void {
    if (this.#state === 'running') action();
    else if (this.#state === 'paused') this.#waiting.push(action);
  }
}
