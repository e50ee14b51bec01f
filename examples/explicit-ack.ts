/**
 * Acknowledge when the work is really done, not when the callback returns: here after a "bulk request" that takes
 * several updates. What is not acknowledged when the process ends is delivered again at the next start.
 */
import { createNode, type Update } from '../src/index.ts';

const here = '.bucketcast/examples/explicit-ack';
const store = { url: `file:${here}/store` };
await using web = createNode({ server: 'web', store, state: `${here}/web` });
await using search = createNode({ server: 'search', store, state: `${here}/search` });
await Promise.all([web.start(), search.start()]);

await search.subscribe({ name: 'index', ack: 'explicit', maxBatch: 10 }, async (updates, delivery) => {
  for (let at = 0; at < updates.length; at += 2) {
    const bulk = updates.slice(at, at + 2);
    await indexInBulk(bulk);
    delivery.ack(bulk.at(-1)); // this one and all before it; durable when the call returns
  }
});

for (let page = 1; page <= 5; page++)
  await web.publish({ url: `https://example.com/${page}`, content: page });
await web.flush();
await search.idle();

async function indexInBulk(updates: readonly Update[]): Promise<void> {
  await Promise.resolve();
  console.log('indexed', updates.map(({ url }) => url).join(' and '));
}
