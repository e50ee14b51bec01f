import { compareKeys } from './key-order.ts';

/** A set of distinct keys in the order of listings. Finding is logarithmic; adding at the end, as logs do, is cheap. */
export class SortedKeys {
  readonly #keys: string[] = [];

  at(index: number): string | undefined {
    return this.#keys[index];
  }

  add(key: string): void {
    const last = this.#keys.at(-1);
    if (last === undefined || compareKeys(last, key) < 0) this.#keys.push(key);
    else this.#keys.splice(this.from(key), 0, key);
  }

  remove(key: string): void {
    this.#keys.splice(this.from(key), 1);
  }

  /** Index of the first key ≥ `bound`. */
  from(bound: string): number {
    return this.#first((key) => compareKeys(key, bound) >= 0);
  }

  /** Index of the first key > `bound`. */
  after(bound: string): number {
    return this.#first((key) => compareKeys(key, bound) > 0);
  }

  /** Index of the first key behind all that start with `prefix`. */
  afterPrefix(prefix: string): number {
    return this.#first((key) => compareKeys(key, prefix) > 0 && !key.startsWith(prefix));
  }

  /** `holds` is false for a run of keys and true for the rest. */
  #first(holds: (key: string) => boolean): number {
    let low = 0;
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (holds(this.#keys[middle] as string)) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
