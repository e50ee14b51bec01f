import type { ObjectStore } from '../store/object-store.ts';

/** Deletes one or many keys, in as few requests as that takes; returns those that could not be deleted. */
export async function deleteKeys(
  keys: readonly string[],
  parts: { readonly store: Pick<ObjectStore, 'delete' | 'deleteMany'>; readonly signal: AbortSignal },
): Promise<readonly string[]> {
  const [first, ...more] = keys;
  if (first === undefined) return [];
  if (more.length > 0) {
    const { failed } = await parts.store.deleteMany(keys, { signal: parts.signal });
    return failed.map(({ key }) => key);
  }
  await parts.store.delete(first, { signal: parts.signal });
  return [];
}
