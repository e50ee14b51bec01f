/** A node that comes back after an outage: from `subscribe()` to the last update of the backlog. */
import { createNode, type Deliver, type SettingsInput, type Update } from '../../src/index.ts';
import { contend } from '../support/contend.ts';
import type { FeedEntry } from '../support/feed-entry.ts';
import { Reading } from '../support/reading.ts';

interface Plan {
  readonly store: SettingsInput['store'];
  /** A fresh state directory. */
  readonly state: string;
  readonly count: number;
  /** The sum of all `reads` in the contents. */
  readonly reads: number;
  readonly way: 'callback' | 'unread';
}

await contend(async ({ store, state, count, reads, way }: Plan) => {
  const node = createNode({
    server: 'reader',
    state,
    store,
    janitor: { enabled: false },
    log: { level: 'silent' },
  });
  await node.start();
  const reading = new Reading(count, way === 'unread' ? 0 : reads);
  const deliver: Deliver =
    way === 'unread'
      ? (updates) => reading.add(updates.length, 0)
      : (updates) => reading.add(updates.length, sumOfReads(updates));
  return {
    run: async () => {
      await node.subscribe({ name: 'catch-up' }, deliver);
      return { count: await reading.done };
    },
    close: () => node.stop(),
  };
});

function sumOfReads(updates: readonly Update[]): number {
  let sum = 0;
  for (const update of updates) sum += (update.content as unknown as FeedEntry).reads;
  return sum;
}
