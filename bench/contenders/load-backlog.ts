/** Publishes updates of 16 KiB that hardly compress, half of them JSON and half of them bytes. */
import { randomBytes } from 'node:crypto';
import { KiB, MiB } from '../../src/config/units.ts';
import { createPublisher, type SettingsInput } from '../../src/index.ts';
import { contend } from '../support/contend.ts';

export interface LoadBacklogPlan {
  readonly store: SettingsInput['store'];
  readonly state: string;
  readonly updates: number;
}

const underWay = 1000;
/** So many that what is read ahead in all of them is more than `limits.bytesInFlight` allows. */
const lanes = 8;

/** Taken by turns, from one place on to the next: what is alike is too far apart for a segment's compression to see it. */
const pool = randomBytes(64 * MiB);
const text = pool.toString('base64');

await contend(async ({ store, state, updates }: LoadBacklogPlan) => {
  const publisher = await createPublisher({
    server: 'writer',
    state,
    store,
    publish: { lanes },
    log: { level: 'silent' },
  });
  return {
    run: async () => {
      const waiting: Promise<unknown>[] = [];
      for (let index = 0; index < updates; index++) {
        waiting.push(publisher.publish({ url: `https://example.org/${index}`, content: contentOf(index) }));
        if (waiting.length >= underWay) await Promise.all(waiting.splice(0, underWay / 2));
      }
      await Promise.all(waiting);
      await publisher.flush();
      return { count: updates };
    },
    close: () => publisher.stop(),
  };
});

function contentOf(index: number): Uint8Array | { readonly body: string } {
  const at = (index * 16 * KiB) % pool.length;
  return index % 2 === 0 ? pool.subarray(at, at + 16 * KiB) : { body: text.slice(at, at + 16 * KiB) };
}
