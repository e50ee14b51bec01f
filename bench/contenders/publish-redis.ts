/** One entry of a Redis stream for each update; the server answers once it is on its disk. */
import { createClient } from 'redis';
import { contend } from '../support/contend.ts';
import { feedEntries, feedUrl } from '../support/feed-entry.ts';
import { type PublishPlan, publishAll } from './publish-plan.ts';

await contend(async ({ port, ...plan }: PublishPlan & { readonly port: number }) => {
  const client = createClient({ url: `redis://127.0.0.1:${port}` });
  await client.connect();
  const entries = feedEntries(plan.count);
  const add = (index: number) =>
    client.xAdd('updates', '*', { url: feedUrl(index), content: JSON.stringify(entries(index)) });
  await add(0);
  return {
    run: async () => {
      const { count, extra } = await publishAll(plan, add);
      return { count, extra: { ...extra, requests: count } };
    },
    close: async () => client.destroy(),
  };
});
