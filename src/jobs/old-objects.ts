import { objectFolder, parseObjectKey } from '../log/object-keys.ts';
import { listPages } from '../store/list-all.ts';
import type { ObjectInfo, ObjectStore } from '../store/object-store.ts';

export interface OldObjectsSettings {
  /** `objects.prefix`. */
  readonly prefix: string;
  /** Only this server's folder; without it every folder below the prefix. */
  readonly server?: string | undefined;
  /** Objects older than this by the store's clock go, milliseconds. */
  readonly maxAgeMs: number;
  /** Only report; nothing is deleted. */
  readonly dryRun?: boolean;
}

export interface OldObjectsParts {
  readonly store: Pick<ObjectStore, 'list' | 'deleteMany'>;
  readonly signal: AbortSignal;
}

export interface OldObjectsReport {
  /** By folder, in the order of their names: what is, or would be, deleted. */
  readonly folders: readonly { readonly server: string; readonly objects: number; readonly bytes: number }[];
  /** Keys that the store did not delete, with its reason. */
  readonly failed: readonly { readonly key: string; readonly reason: string }[];
  /** How long until the oldest of what stays is due, milliseconds; absent where nothing stays. */
  readonly dueInMs?: number;
}

/**
 * Deletes objects by age, page by page of one listing. What is not of the layout stays. Readers that have not listed
 * an object by then miss it: unlike segments, objects have no numbers that would show it.
 */
export async function deleteOldObjects(
  { prefix, server, maxAgeMs, dryRun = false }: OldObjectsSettings,
  { store, signal }: OldObjectsParts,
): Promise<OldObjectsReport> {
  const folders = new Map<string, { objects: number; bytes: number }>();
  const failed: { key: string; reason: string }[] = [];
  let dueInMs = Number.POSITIVE_INFINITY;
  const below = server === undefined ? prefix : objectFolder(prefix, server);
  for await (const { objects, time } of listPages(store, below, { signal })) {
    const old: ObjectInfo[] = [];
    for (const object of objects) {
      const ageMs = time - object.lastModified;
      if (parseObjectKey(prefix, object.key) === undefined) continue;
      if (ageMs > maxAgeMs) old.push(object);
      else dueInMs = Math.min(dueInMs, maxAgeMs - ageMs);
    }
    const refused = dryRun || old.length === 0 ? [] : await remove(old);
    failed.push(...refused);
    const kept = new Set(refused.map(({ key }) => key));
    for (const object of old) if (!kept.has(object.key)) count(object);
  }
  const named = [...folders].map(([name, sums]) => ({ server: name, ...sums }));
  return { folders: named, failed, ...(Number.isFinite(dueInMs) && { dueInMs }) };

  async function remove(old: readonly ObjectInfo[]): Promise<OldObjectsReport['failed']> {
    const keys = old.map(({ key }) => key);
    return (await store.deleteMany(keys, { signal })).failed;
  }

  function count({ key, size }: ObjectInfo): void {
    const name = parseObjectKey(prefix, key)?.server ?? '';
    const { objects, bytes } = folders.get(name) ?? { objects: 0, bytes: 0 };
    folders.set(name, { objects: objects + 1, bytes: bytes + size });
  }
}
