/**
 * Work that costs CPU belongs into threads: the subscription names a module instead of a function. What the module blames
 * becomes a dead letter, here as anywhere.
 */
import { createNode } from '../src/index.ts';

const here = '.bucketcast/examples/handler-module';
const store = { url: `file:${here}/store` };
const pool = { handlerThreads: 1 };
await using web = createNode({ server: 'web', store, state: `${here}/web` });
await using search = createNode({ server: 'search', store, state: `${here}/search`, pool });
await Promise.all([web.start(), search.start()]);

search.events.on('dead-letter', ({ reason, message }) => console.log(`dead letter (${reason}): ${message}`));
await search.subscribe({ name: 'index', handler: new URL('./handlers/index-page.ts', import.meta.url) });

await web.publish({ url: 'https://example.com/a', content: { title: 'A page' } });
await web.publish({ url: 'https://example.com/b', content: 'no page at all' });
await web.publish({ url: 'https://example.com/a', kind: 'delete' });

await web.flush();
await search.idle();
