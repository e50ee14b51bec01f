import { type Clock, sleepOn } from '../../src/base/clock.ts';

/** Lets everything that is waiting for a promise run to its next real wait. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly action: () => void;
}

/**
 * Time that moves only when told. Timers fire in the order of their times (then of their making), and
 * after each one all promises are let run before the next, so a run is the same every time.
 */
export class FakeClock implements Clock {
  #time = 0;
  #order = 0;
  readonly #epoch: number;
  readonly #heap: Timer[] = [];
  readonly #cancelled = new Set<Timer>();

  constructor(epoch = Date.UTC(2026, 0, 1)) {
    this.#epoch = epoch;
  }

  now(): number {
    return this.#epoch + Math.floor(this.#time);
  }

  monotonic(): number {
    return this.#time;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return sleepOn(this, ms, signal);
  }

  after(ms: number, action: () => void): () => void {
    const timer = { at: this.#time + Math.max(0, ms), order: this.#order++, action };
    this.#push(timer);
    return () => this.#cancelled.add(timer);
  }

  /** Timers not yet fired or cancelled; for leak checks. */
  get pending(): number {
    return this.#heap.filter((timer) => !this.#cancelled.has(timer)).length;
  }

  /** Moves time by `ms`, firing what falls due. */
  async advance(ms: number): Promise<void> {
    const end = this.#time + ms;
    await settle();
    for (let timer = this.#next(); timer && timer.at <= end; timer = this.#next()) await this.#fire(timer);
    this.#time = end;
    await settle();
  }

  /** Time that passes while the process computes: what falls due has to wait. */
  compute(ms: number): void {
    this.#time += ms;
  }

  /** Moves time from timer to timer until `done()` holds; throws when that takes more than `limitMs`. */
  async until(done: () => boolean, limitMs = 3_600_000): Promise<void> {
    const end = this.#time + limitMs;
    await settle();
    while (!done()) {
      const timer = this.#next();
      if (!timer) throw new Error('nothing is left to happen, and the condition does not hold');
      if (timer.at > end) throw new Error(`the condition does not hold after ${limitMs} ms`);
      await this.#fire(timer);
    }
  }

  /** Moves time until the promise is settled, and gives what it gives. */
  async settled<Result>(promise: Promise<Result>, limitMs?: number): Promise<Result> {
    let isSettled = false;
    const note = () => {
      isSettled = true;
    };
    promise.then(note, note);
    await this.until(() => isSettled, limitMs);
    return promise;
  }

  async #fire(timer: Timer): Promise<void> {
    this.#pop();
    this.#time = Math.max(this.#time, timer.at);
    timer.action();
    await settle();
  }

  #next(): Timer | undefined {
    while (this.#heap[0] && this.#cancelled.delete(this.#heap[0])) this.#pop();
    return this.#heap[0];
  }

  #push(timer: Timer): void {
    const heap = this.#heap;
    let at = heap.push(timer) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!earlier(timer, heap[parent] as Timer)) break;
      heap[at] = heap[parent] as Timer;
      at = parent;
    }
    heap[at] = timer;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (!last || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && earlier(heap[child + 1] as Timer, heap[child] as Timer)) child += 1;
      if (!earlier(heap[child] as Timer, last)) break;
      heap[at] = heap[child] as Timer;
      at = child;
    }
    heap[at] = last;
  }
}

function earlier(a: Timer, b: Timer): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
