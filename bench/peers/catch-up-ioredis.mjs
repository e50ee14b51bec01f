/** As `contenders/catch-up-redis.ts`, with ioredis. */
import { Redis } from 'ioredis';
import { contend } from '../support/contend.ts';
import { Reading } from '../support/reading.ts';

await contend(async ({ port, count, reads }) => {
  const client = new Redis(port, '127.0.0.1');
  await client.ping();
  const reading = new Reading(count, reads);
  const read = async (id) => (await client.xread('COUNT', 1000, 'STREAMS', 'updates', id))[0][1];
  return {
    run: async () => {
      let next = read('0');
      for (let left = count; left > 0; ) {
        const entries = await next;
        left -= entries.length;
        if (left > 0) next = read(entries.at(-1)[0]);
        let sum = 0;
        for (const [, fields] of entries) sum += JSON.parse(fields[1]).reads;
        reading.add(entries.length, sum);
      }
      return { count: await reading.done };
    },
    close: async () => client.disconnect(),
  };
});
