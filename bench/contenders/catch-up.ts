/** A node that comes back after an outage: from `subscribe()` to the last update of the backlog. */
import { BroadcastChannel } from 'node:worker_threads';
import { createNode, type Deliver, type SettingsInput } from '../../src/index.ts';
import { contend } from '../support/contend.ts';
import { Reading, readsChannel, sumOfReads } from '../support/reading.ts';

interface Plan {
  readonly store: SettingsInput['store'];
  /** A fresh state directory. */
  readonly state: string;
  readonly count: number;
  /** The sum of all `reads` in the contents. */
  readonly reads: number;
  readonly way: 'callback' | 'handler' | 'unread';
}

const handler = new URL('catch-up-handler.ts', import.meta.url);

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
  const channel = new BroadcastChannel(readsChannel);
  channel.addEventListener('message', (event) => {
    const { count: more, sum } = (event as MessageEvent).data as { count: number; sum: number };
    reading.add(more, sum);
  });
  const deliver: Deliver =
    way === 'unread'
      ? (updates) => reading.add(updates.length, 0)
      : (updates) => reading.add(updates.length, sumOfReads(updates));
  return {
    run: async () => {
      if (way === 'handler') await node.subscribe({ name: 'catch-up', handler });
      else await node.subscribe({ name: 'catch-up' }, deliver);
      return { count: await reading.done };
    },
    close: async () => {
      channel.close();
      await node.stop();
    },
  };
});
