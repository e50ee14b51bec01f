/** Fills a Redis stream with the updates that `load-log.ts` publishes, one entry each. */
import { createClient } from 'redis';
import { contend } from '../support/contend.ts';
import { feedEntry } from '../support/feed-entry.ts';

const together = 1000;

await contend(async ({ port, count }: { port: number; count: number }) => {
  const client = createClient({ url: `redis://127.0.0.1:${port}` });
  await client.connect();
  return {
    run: async () => {
      for (let from = 0; from < count; from += together) {
        const size = Math.min(together, count - from);
        const entries = Array.from({ length: size }, (_, at) => JSON.stringify(feedEntry(from + at)));
        await Promise.all(entries.map((content) => client.xAdd('updates', '*', { content })));
      }
      return { count: await client.xLen('updates') };
    },
    close: async () => client.destroy(),
  };
});
