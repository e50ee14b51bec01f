import { closedError } from '../base/errors.ts';
import type { Published } from './published.ts';

interface Settlers<Value> {
  readonly resolve: (value: Value) => void;
  readonly reject: (error: unknown) => void;
}

/** Somebody who waits for a row, which is not known yet. */
export interface RowWaiter {
  readonly promise: Promise<Published>;
  at(row: number): void;
  /** It will not come to a row. */
  fail(error: unknown): void;
}

/** Who waits for the bucket: for one row of the spool, or for all rows up to one. */
export class SpoolWaiters {
  readonly #rows = new Map<number, Set<Settlers<Published>>>();
  readonly #open = new Set<Settlers<never>>();
  #ranges: (Settlers<void> & { readonly upTo: number })[] = [];
  #ended = false;

  /** Whether somebody waits for that row. */
  has(row: number): boolean {
    return this.#rows.has(row);
  }

  /** Rejects with `closed` when the signal aborts, or all this ends. */
  row(signal: AbortSignal | undefined): RowWaiter {
    let place: number | undefined;
    const { promise, settlers } = this.#wait<Published>(signal, () => {
      if (place !== undefined) this.#leave(place, settlers);
    });
    const at = (row: number) => {
      if (!this.#open.has(settlers)) return;
      place = row;
      this.#rows.set(row, (this.#rows.get(row) ?? new Set()).add(settlers));
    };
    return { promise, at, fail: (error) => settlers.reject(error) };
  }

  /** Resolves once no row up to this one is open. */
  upTo(row: number, firstOpen: number, signal: AbortSignal | undefined): Promise<void> {
    const { promise, settlers } = this.#wait<void>(signal);
    this.#ranges.push({ ...settlers, upTo: row });
    this.progressed(firstOpen);
    return promise;
  }

  /** The promise, or `closed` as soon as the signal aborts. */
  unless(signal: AbortSignal | undefined, promise: Promise<void>): Promise<void> {
    if (signal === undefined) return promise;
    const waiting = this.#wait<void>(signal);
    promise.then(waiting.settlers.resolve, waiting.settlers.reject);
    return waiting.promise;
  }

  answer(row: number, published: Published): void {
    for (const { resolve } of this.#rows.get(row) ?? []) resolve(published);
  }

  progressed(firstOpen: number): void {
    if (this.#ranges.length === 0) return;
    const ready = this.#ranges.filter(({ upTo }) => upTo < firstOpen);
    this.#ranges = this.#ranges.filter((range) => !ready.includes(range));
    for (const { resolve } of ready) resolve();
  }

  /** Whoever comes later hears so at once. */
  end(): void {
    this.#ended = true;
    for (const { reject } of this.#open) reject(closedError('the spool'));
    this.#ranges = [];
  }

  #leave(row: number, settlers: Settlers<Published>): void {
    const waiting = this.#rows.get(row);
    waiting?.delete(settlers);
    if (waiting?.size === 0) this.#rows.delete(row);
  }

  #wait<Value>(
    signal: AbortSignal | undefined,
    left: () => void = () => {},
  ): { promise: Promise<Value>; settlers: Settlers<Value> } {
    const { promise, resolve, reject } = Promise.withResolvers<Value>();
    const giveUp = () => settlers.reject(closedError('publishing', signal));
    const settle = () => {
      this.#open.delete(settlers);
      signal?.removeEventListener('abort', giveUp);
      left();
    };
    const settlers: Settlers<Value> = {
      resolve: (value) => {
        settle();
        resolve(value);
      },
      reject: (error) => {
        settle();
        reject(error);
      },
    };
    this.#open.add(settlers);
    signal?.addEventListener('abort', giveUp, { once: true });
    // Whoever waits may have been told of something else first.
    promise.catch(() => {});
    if (this.#ended) settlers.reject(closedError('the spool'));
    if (signal?.aborted) giveUp();
    return { promise, settlers };
  }
}
