import type { Clock } from '../base/clock.ts';
import { Fifo } from '../base/fifo.ts';
import { MINUTE } from '../config/units.ts';

/** A path that somebody has to look at. */
export interface DuePath {
  readonly path: string;
  /** Found by the first scan. */
  readonly first: boolean;
  /** Its stamp at the last look that came too early. */
  readonly seen?: string | undefined;
  /** Looks that were in vain. */
  readonly looks: number;
  /** Monotonic time since when nothing but its changes has kept it from being done with. */
  readonly since: number;
}

/** What came of a look: done, or to be looked at again once it has settled, or as soon as possible. */
export type Looked =
  | 'done'
  | {
      readonly again: 'settled' | 'soon';
      readonly seen?: string | undefined;
      /** Somebody was changing it just now. */
      readonly changing?: boolean;
    };

export interface DuePathsOptions {
  readonly clock: Pick<Clock, 'monotonic' | 'after'>;
  readonly settleMs: number;
  /** Looks under way at once. */
  readonly concurrency: number;
  /** Paths that events may add; what is beyond is dropped and told by `onOverflow`. */
  readonly maxPaths: number;
  /** Must not reject. */
  readonly look: (due: DuePath) => Promise<Looked>;
  readonly onOverflow: () => void;
  /** It has not come to rest for so long that somebody should know; told with every change from then on. */
  readonly onRestless: (path: string) => void;
}

const patience = 5;
const restlessMs = MINUTE;

/**
 * Paths that are to be looked at, each once however many events tell of it, and never twice at a time:
 *
 * | where | until |
 * |---|---|
 * | settling | nothing was heard of it for `settleMs`; all wait equally long, so the map is in the order of their times |
 * | ready | a look is free |
 * | looking | the look is over; what was heard meanwhile makes it settle again |
 */
export class DuePaths {
  readonly #options: DuePathsOptions;
  readonly #settling = new Map<string, { readonly due: DuePath; readonly at: number }>();
  readonly #ready = new Map<string, DuePath>();
  readonly #order = new Fifo<string>();
  readonly #looking = new Map<string, { heard: boolean }>();
  #cancel: (() => void) | undefined;
  #resumes: (() => void) | undefined;
  #stopped = false;
  #firsts = 0;
  /** Called whenever a look is over. */
  readonly #waiters = new Set<() => void>();

  constructor(options: DuePathsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#settling.size + this.#ready.size + this.#looking.size;
  }

  /** Of the first scan, and not yet done with. */
  get firsts(): number {
    return this.#firsts;
  }

  /** Something happened to it just now. */
  heard(path: string): void {
    if (this.#stopped) return;
    const looking = this.#looking.get(path);
    if (looking !== undefined) looking.heard = true;
    else if (this.#ready.has(path)) return;
    else if (!this.#settling.has(path) && this.size >= this.#options.maxPaths) this.#options.onOverflow();
    else this.#settle(this.#settling.get(path)?.due ?? this.#due(path, false));
  }

  /** A scan found it. Where it settles it goes on doing so. */
  found(path: string, first: boolean): void {
    if (this.#stopped || this.#looking.has(path) || this.#ready.has(path) || this.#settling.has(path)) return;
    if (first) this.#firsts += 1;
    this.#makeReady(this.#due(path, first));
    this.#pump();
  }

  /** Starts no look for some time; false when it is pausing already. */
  pause(ms: number): boolean {
    if (this.#stopped || this.#resumes !== undefined) return false;
    this.#resumes = this.#options.clock.after(ms, () => {
      this.#resumes = undefined;
      this.#pump();
    });
    return true;
  }

  /** Resolves when `holds()` does; that is asked after each look. Resolves also when this is stopped. */
  async until(holds: () => boolean): Promise<void> {
    while (!this.#stopped && !holds()) {
      await new Promise<void>((resolve) => {
        this.#waiters.add(resolve);
      });
    }
  }

  /** Forgets what waits, and resolves when no look is under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancel?.();
    this.#resumes?.();
    this.#settling.clear();
    this.#ready.clear();
    this.#order.clear();
    while (this.#looking.size > 0) await new Promise<void>((resolve) => this.#waiters.add(resolve));
    this.#wake();
  }

  #due(path: string, first: boolean): DuePath {
    return { path, first, looks: 0, since: this.#options.clock.monotonic() };
  }

  #settle(due: DuePath): void {
    if (this.#options.clock.monotonic() - due.since >= restlessMs) this.#options.onRestless(due.path);
    this.#settling.delete(due.path);
    this.#settling.set(due.path, { due, at: this.#options.clock.monotonic() + this.#options.settleMs });
    this.#watchSettling();
  }

  /** One timer for all: that of the path that has waited longest. */
  #watchSettling(): void {
    const [next] = this.#settling.values();
    if (this.#cancel !== undefined || next === undefined) return;
    const wait = Math.max(0, next.at - this.#options.clock.monotonic());
    this.#cancel = this.#options.clock.after(wait, () => {
      this.#cancel = undefined;
      const now = this.#options.clock.monotonic();
      for (const [path, { due, at }] of this.#settling) {
        if (at > now) break;
        this.#settling.delete(path);
        this.#makeReady(due);
      }
      this.#watchSettling();
      this.#pump();
    });
  }

  #makeReady(due: DuePath): void {
    this.#ready.set(due.path, due);
    this.#order.push(due.path);
  }

  #pump(): void {
    while (!this.#stopped && this.#resumes === undefined && this.#looking.size < this.#options.concurrency) {
      const path = this.#order.shift();
      if (path === undefined) return;
      const due = this.#ready.get(path);
      this.#ready.delete(path);
      if (due !== undefined) void this.#look(due);
    }
  }

  async #look(due: DuePath): Promise<void> {
    const state = { heard: false };
    this.#looking.set(due.path, state);
    const looked = await this.#options.look(due);
    this.#looking.delete(due.path);
    if (!this.#stopped) this.#after(due, looked, state.heard);
    this.#pump();
    this.#wake();
  }

  #after(due: DuePath, looked: Looked, heard: boolean): void {
    if (looked === 'done') {
      if (due.first) this.#firsts -= 1;
      if (heard) this.#settle(this.#due(due.path, false));
      return;
    }
    // What never comes to rest must not keep the first scan from ending.
    const first = due.first && (looked.again === 'soon' || due.looks < patience);
    if (due.first && !first) this.#firsts -= 1;
    const since = looked.changing === true ? due.since : this.#options.clock.monotonic();
    const next = { ...due, first, since, seen: looked.seen, looks: due.looks + 1 };
    if (looked.again === 'settled' || heard) this.#settle(next);
    else this.#makeReady(next);
  }

  #wake(): void {
    const waiters = [...this.#waiters];
    this.#waiters.clear();
    for (const wake of waiters) wake();
  }
}
