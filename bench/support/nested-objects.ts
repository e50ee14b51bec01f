import { inParallel } from '../../src/store/in-parallel.ts';
import type { ObjectStore } from '../../src/store/object-store.ts';
import { objectBody, objectName } from './objects-data.ts';

/**
 * Several histories in one bucket, each a part of the next larger one, so that only the largest has to be written: of
 * 1,000, 10,000 and 100,000 objects, the first 1,000 lie below `100000/10000/1000/`.
 */
export class NestedObjects {
  readonly #sizes: readonly number[];

  constructor(sizes: readonly number[]) {
    this.#sizes = [...sizes].sort((a, b) => a - b);
  }

  /** What the keys of the first so many objects begin with. */
  prefix(size: number): string {
    const around = this.#sizes.filter((one) => one >= size);
    return around
      .map((one) => `${one}/`)
      .reverse()
      .join('');
  }

  async write(store: Pick<ObjectStore, 'put'>): Promise<void> {
    const indexes = Array.from({ length: this.#sizes.at(-1) ?? 0 }, (_, index) => index);
    await inParallel(64, indexes, (index) => {
      const size = this.#sizes.find((one) => index < one) as number;
      return store.put(`${this.prefix(size)}${objectName(index)}`, objectBody(index, 0));
    });
  }
}
