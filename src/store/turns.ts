import { type InLine, type Rank, RequestQueue } from './request-queue.ts';

interface Waiting extends InLine {
  readonly begin: () => void;
  readonly reject: (reason: unknown) => void;
  readonly signal: AbortSignal | undefined;
  gone: boolean;
}

/**
 * Runs so many things at once, and lets the others wait in a `RequestQueue`. Every request of the process comes through here,
 * objects twice, so it does no more than that: p-queue, with its events and timeouts, takes four times as long.
 */
export class Turns {
  readonly #queue = new RequestQueue<Waiting>();
  /** Those in line by the signal that they share: one listener for all, since Node looks through all listeners of a signal to add one. */
  readonly #bySignal = new Map<AbortSignal, { readonly waiting: Set<Waiting>; readonly abort: () => void }>();
  #concurrency: number;
  #pending = 0;
  #size = 0;
  #paused = false;

  constructor(concurrency: number) {
    this.#concurrency = concurrency;
  }

  /** Those under way. */
  get pending(): number {
    return this.#pending;
  }

  /** Those in line. */
  get size(): number {
    return this.#size;
  }

  get isPaused(): boolean {
    return this.#paused;
  }

  get concurrency(): number {
    return this.#concurrency;
  }

  set concurrency(concurrency: number) {
    this.#concurrency = concurrency;
    this.#begin();
  }

  /** Nothing more begins. */
  pause(): void {
    this.#paused = true;
  }

  start(): void {
    this.#paused = false;
    this.#begin();
  }

  /** Begins `run` at once where there is room. An abort takes it out of the line, and rejects with the signal's reason. */
  take<T>(run: () => Promise<T>, rank: Rank, signal?: AbortSignal): Promise<T> {
    if (signal?.aborted) return Promise.reject(signal.reason as Error);
    if (this.#hasRoom && this.#size === 0) return this.#run(run);
    return new Promise((resolve, reject) => {
      const waiting = { begin: () => resolve(this.#run(run)), reject, signal, gone: false };
      this.#queue.push(waiting, rank);
      this.#size += 1;
      if (signal !== undefined) this.#listen(waiting, signal);
    });
  }

  get #hasRoom(): boolean {
    return !this.#paused && this.#pending < this.#concurrency;
  }

  async #run<T>(run: () => Promise<T>): Promise<T> {
    this.#pending += 1;
    try {
      return await run();
    } finally {
      this.#pending -= 1;
      this.#begin();
    }
  }

  #begin(): void {
    while (this.#size > 0 && this.#hasRoom) {
      const waiting = this.#queue.shift() as Waiting;
      this.#size -= 1;
      this.#forget(waiting);
      waiting.begin();
    }
  }

  #listen(waiting: Waiting, signal: AbortSignal): void {
    const known = this.#bySignal.get(signal);
    if (known !== undefined) {
      known.waiting.add(waiting);
      return;
    }
    const abort = () => this.#abort(signal);
    signal.addEventListener('abort', abort, { once: true });
    this.#bySignal.set(signal, { waiting: new Set([waiting]), abort });
  }

  #forget(waiting: Waiting): void {
    const { signal } = waiting;
    const known = signal === undefined ? undefined : this.#bySignal.get(signal);
    if (signal === undefined || known === undefined) return;
    known.waiting.delete(waiting);
    if (known.waiting.size > 0) return;
    signal.removeEventListener('abort', known.abort);
    this.#bySignal.delete(signal);
  }

  #abort(signal: AbortSignal): void {
    const known = this.#bySignal.get(signal);
    this.#bySignal.delete(signal);
    for (const waiting of known?.waiting ?? []) {
      waiting.gone = true;
      this.#size -= 1;
      waiting.reject(signal.reason);
    }
  }
}
