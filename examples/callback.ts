/**
 * Publish on one server, get a callback on another. The two share nothing but the store. Run it twice: the second
 * time the subscription goes on where it stopped, so only what is new arrives.
 */
import { createNode } from '../src/index.ts';

const here = '.bucketcast/examples/callback';
const store = { url: `file:${here}/store` };
await using web = createNode({ server: 'web', store, state: `${here}/web` });
await using search = createNode({ server: 'search', store, state: `${here}/search` });
await Promise.all([web.start(), search.start()]);

await search.subscribe({ name: 'index' }, (updates) => {
  for (const { server, kind, url, content } of updates) console.log(`${server}: ${kind} ${url}`, content);
});

await web.publish({ url: 'https://example.com/a', content: { title: 'A page', words: 120 } });
await web.publish({ url: 'https://example.com/b', content: { title: 'Another', words: 80 } });
await web.publish({ url: 'https://example.com/a', kind: 'delete' });

// A long-running server would just go on; this one ends when everything has been delivered.
await web.flush();
await search.idle();
