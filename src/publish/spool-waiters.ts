import { closedError } from '../base/errors.ts';
import type { Published } from './published.ts';

interface Settlers<Value> {
  readonly resolve: (value: Value) => void;
  readonly reject: (error: unknown) => void;
}

/** Who waits for the bucket: for one row of the spool, or for all rows up to one. */
export class SpoolWaiters {
  readonly #rows = new Map<number, Settlers<Published>[]>();
  readonly #open = new Set<Settlers<never>>();
  #ranges: (Settlers<void> & { readonly upTo: number })[] = [];

  /** Whether somebody waits for that row. */
  has(row: number): boolean {
    return this.#rows.has(row);
  }

  /** Rejects with `closed` when the signal aborts, or all this ends. */
  row(signal: AbortSignal | undefined): { readonly promise: Promise<Published>; at(row: number): void } {
    const { promise, settlers } = this.#wait<Published>(signal);
    const at = (row: number) => this.#rows.set(row, [...(this.#rows.get(row) ?? []), settlers]);
    return { promise, at: (row) => void at(row) };
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
    const waiting = this.#rows.get(row) ?? [];
    this.#rows.delete(row);
    for (const { resolve } of waiting) resolve(published);
  }

  progressed(firstOpen: number): void {
    if (this.#ranges.length === 0) return;
    const ready = this.#ranges.filter(({ upTo }) => upTo < firstOpen);
    this.#ranges = this.#ranges.filter((range) => !ready.includes(range));
    for (const { resolve } of ready) resolve();
  }

  end(): void {
    for (const { reject } of this.#open) reject(closedError('the spool'));
    this.#rows.clear();
    this.#ranges = [];
  }

  #wait<Value>(signal: AbortSignal | undefined): { promise: Promise<Value>; settlers: Settlers<Value> } {
    const { promise, resolve, reject } = Promise.withResolvers<Value>();
    const giveUp = () => settlers.reject(closedError('publishing', signal));
    const settle = () => {
      this.#open.delete(settlers);
      signal?.removeEventListener('abort', giveUp);
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
    return { promise, settlers };
  }
}
