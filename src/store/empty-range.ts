import type { GetAnswer, GetOptions, ObjectStore } from './object-store.ts';

/** The answer to a read of a range that has no bytes: a HEAD tells whether the object is there, and what it is. */
export async function emptyRange(
  store: Pick<ObjectStore, 'head'>,
  key: string,
  { signal, ifNoneMatch }: GetOptions,
): Promise<GetAnswer> {
  const head = await store.head(key, { signal });
  if (head.status === 'missing') return head;
  if (head.etag === ifNoneMatch) return { status: 'unchanged', time: head.time };
  return { ...head, body: new Uint8Array() };
}
