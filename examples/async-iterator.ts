/**
 * The updates as a loop. An update is acknowledged when the next one is asked for. Leaving the loop keeps the update in
 * hand for the next time, for its work may not be done: run this twice, and the last page of the first run comes again.
 */
import { createNode } from '../src/index.ts';

const here = '.bucketcast/examples/async-iterator';
const store = { url: `file:${here}/store` };
await using web = createNode({ server: 'web', store, state: `${here}/web` });
await using search = createNode({ server: 'search', store, state: `${here}/search` });
await Promise.all([web.start(), search.start()]);

await web.publish({ url: 'https://example.com/a', content: 'first' });
await web.publish({ url: 'https://example.com/b', content: 'second' });
const last = await web.publish({ url: 'https://example.com/c', content: 'third' });

for await (const { id, url, content } of search.updates({ name: 'index' })) {
  console.log(url, content);
  if (id === last.id) break;
}
