import type { Update } from '../../src/base/update.ts';

/** Takes updates, and lets them be waited for. */
export class Arrivals {
  readonly urls: string[] = [];
  #came = Promise.withResolvers<void>();

  readonly take = (updates: readonly Update[]): void => {
    this.urls.push(...updates.map(({ url }) => url));
    this.#came.resolve();
    this.#came = Promise.withResolvers();
  };

  /** Until so many have come, or the one of this URL. */
  async until(what: number | string): Promise<void> {
    const isThere = () => (typeof what === 'number' ? this.urls.length >= what : this.urls.includes(what));
    while (!isThere()) await this.#came.promise;
  }
}
