import { join } from 'node:path';
import type { Settings } from '../../src/config/settings.ts';
import { KiB, MiB } from '../../src/config/units.ts';
import { listAll } from '../../src/store/list-all.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { BenchContext } from './bench-context.ts';
import { nodeContender } from './contender.ts';
import { runOnce } from './rounds.ts';

/** Of the contents that `contenders/load-backlog.ts` publishes. */
const updatesAMiB = MiB / (16 * KiB);

/** A log in a bucket that grows as the bench goes on. */
export class Backlog {
  readonly store: Settings['store'];
  readonly #context: BenchContext;
  readonly #directory: string;
  #updates = 0;

  constructor(
    context: BenchContext,
    parts: { readonly store: Settings['store']; readonly directory: string },
  ) {
    this.#context = context;
    this.store = parts.store;
    this.#directory = parts.directory;
  }

  static updates(mebibytes: number): number {
    return mebibytes * updatesAMiB;
  }

  /** Publishes what is missing, in a process of its own; what the bucket then holds. */
  async growTo(mebibytes: number): Promise<{ readonly storedMiB: number }> {
    const missing = Backlog.updates(mebibytes) - this.#updates;
    if (missing > 0) {
      this.#context.say(`publishing ${missing / updatesAMiB} MiB`);
      const file = new URL('../contenders/load-backlog.ts', import.meta.url);
      const plan = {
        store: this.store,
        state: join(this.#directory, `writer-${mebibytes}`),
        updates: missing,
      };
      await runOnce(nodeContender({ name: 'publishing', count: missing }, file, plan), this.#context.signal);
      this.#updates += missing;
    }
    return { storedMiB: (await this.#storedBytes()) / MiB };
  }

  async #storedBytes(): Promise<number> {
    const store = await openStore(this.store);
    try {
      let bytes = 0;
      for await (const { size } of listAll(store, '')) bytes += size;
      return bytes;
    } finally {
      await store.close();
    }
  }
}
