/**
 * A handler that blames one update: it becomes a dead letter, the others go on. Any other error would pause the
 * subscription and try again, for trouble with a database says nothing about an update.
 *
 * Look at what was kept, and have it delivered again once the handler can take it:
 *
 *   npm run -s bucketcast -- dead-letters list --server search --state .bucketcast/examples/dead-letters/search
 *   npm run -s bucketcast -- dead-letters replay 1 --server search --state .bucketcast/examples/dead-letters/search
 */
import { createNode, PoisonError, type Update } from '../src/index.ts';

const here = '.bucketcast/examples/dead-letters';
const store = { url: `file:${here}/store` };
await using web = createNode({ server: 'web', store, state: `${here}/web` });
await using search = createNode({ server: 'search', store, state: `${here}/search` });
search.events.on('dead-letter', ({ id, reason, message }) =>
  console.log(`dead letter ${id} (${reason}): ${message}`),
);
await Promise.all([web.start(), search.start()]);

await search.subscribe({ name: 'index' }, (updates) => {
  for (const update of updates) console.log(`indexed ${update.url}: ${titleOf(update)}`);
});

await web.publish({ url: 'https://example.com/good', content: { title: 'Good' } });
await web.publish({ url: 'https://example.com/bad', content: 'no title at all' });
await web.publish({ url: 'https://example.com/also-good', content: { title: 'Also good' } });
await web.flush();
await search.idle();

function titleOf(update: Update): string {
  const { content } = update;
  if (
    typeof content === 'object' &&
    content !== null &&
    'title' in content &&
    typeof content.title === 'string'
  )
    return content.title;
  throw new PoisonError('it has no title', { update });
}
