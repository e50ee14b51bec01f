import { randomBytes } from 'node:crypto';
import { openStore } from '../../src/index.ts';

/** The same store below a prefix that nobody else uses. */
export function ownPrefix(store: string): string {
  const [path, query] = store.split('?', 2) as [string, string | undefined];
  const own = `${path.replace(/\/+$/, '')}/demo-${randomBytes(4).toString('hex')}`;
  return query === undefined ? own : `${own}?${query}`;
}

/** Deletes what the demonstration has written below its own prefix. */
export async function emptyStore(url: string): Promise<void> {
  const store = await openStore(url);
  let { objects, next } = await store.list('');
  while (objects.length > 0) {
    await store.deleteMany(objects.map(({ key }) => key));
    if (next === undefined) break;
    ({ objects, next } = await store.list('', { continuation: next }));
  }
  await store.close();
}
