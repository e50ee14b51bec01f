/**
 * A Redis stream read from its beginning with the `redis` client. Each reply is asked for as soon as the last id of the one before is
 * known, so that server and client work at once.
 */
import { createClient } from 'redis';
import { contend } from '../support/contend.ts';
import type { FeedEntry } from '../support/feed-entry.ts';
import { Reading } from '../support/reading.ts';

interface Plan {
  readonly port: number;
  readonly count: number;
  readonly reads: number;
}

const options = { COUNT: 1000 };

await contend(async ({ port, count, reads }: Plan) => {
  const client = createClient({ url: `redis://127.0.0.1:${port}` });
  await client.connect();
  const reading = new Reading(count, reads);
  const read = async (id: string) => {
    const streams = await client.xRead({ key: 'updates', id }, options);
    return streams?.[0]?.messages ?? [];
  };
  return {
    run: async () => {
      let next = read('0');
      for (let left = count; left > 0; ) {
        const messages = await next;
        left -= messages.length;
        if (left > 0) next = read(messages.at(-1)!.id);
        let sum = 0;
        for (const { message } of messages) sum += (JSON.parse(message['content']) as FeedEntry).reads;
        reading.add(messages.length, sum);
      }
      return { count: await reading.done };
    },
    close: async () => client.destroy(),
  };
});
