import { HOUR } from '../config/units.ts';
import {
  manifestKey,
  parseSnapshotKey,
  type SnapshotId,
  snapshotName,
  snapshotsPrefix,
} from '../log/snapshot-keys.ts';
import { deleteKeys } from '../publish/delete-keys.ts';
import { listPages } from '../store/list-all.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { isBadSnapshot, readManifest, type SnapshotReading } from './find-snapshots.ts';

export interface CleanParts extends Pick<SnapshotReading, 'fleet' | 'signal'> {
  readonly store: Pick<ObjectStore, 'list' | 'get' | 'delete' | 'deleteMany'>;
  /** Complete snapshots that are kept. */
  readonly keep: number;
}

interface Listed {
  readonly snapshot: SnapshotId;
  readonly keys: string[];
  /** Store time of its newest object, ms since the epoch. */
  touchedAt: number;
}

/** A snapshot that got no object for so long is not being written any more. */
const abandonedMs = HOUR;

/**
 * Deletes complete snapshots beyond the newest `keep`, and what was left of unfinished or damaged ones. A manifest goes before its
 * parts, so what is half deleted is no snapshot. One that this node cannot read yet is left until enough newer ones stand.
 */
export async function cleanSnapshots({ keep, ...parts }: CleanParts): Promise<void> {
  const { listed, time } = await listObjects(parts);
  let complete = 0;
  for (const { snapshot, keys, touchedAt } of listed) {
    const standing = await standingOf(snapshot, parts);
    if (standing === 'complete') complete += 1;
    const isSpare = complete > keep || (complete === keep && standing === 'unreadable');
    const isAbandoned = standing === 'none' && time - touchedAt >= abandonedMs;
    if (!isAbandoned && !(isSpare && standing !== 'none')) continue;
    await deleteKeys([manifestKey(snapshot)], parts);
    await deleteKeys(
      keys.filter((key) => key !== manifestKey(snapshot)),
      parts,
    );
  }
}

/** Newest first. */
async function listObjects({ store, signal }: Omit<CleanParts, 'keep'>) {
  const listed = new Map<string, Listed>();
  let time = 0;
  for await (const page of listPages(store, snapshotsPrefix, { signal })) {
    time = page.time;
    for (const { key, lastModified } of page.objects) {
      const parsed = parseSnapshotKey(key);
      if (parsed === undefined) continue;
      const name = snapshotName(parsed.snapshot);
      const known = listed.get(name) ?? { snapshot: parsed.snapshot, keys: [], touchedAt: 0 };
      known.keys.push(key);
      known.touchedAt = Math.max(known.touchedAt, lastModified);
      listed.set(name, known);
    }
  }
  return { listed: [...listed.values()].reverse(), time };
}

/** By a GET, for a LIST may lag behind the manifest. */
async function standingOf(
  snapshot: SnapshotId,
  parts: Omit<CleanParts, 'keep'>,
): Promise<'complete' | 'unreadable' | 'none'> {
  try {
    return (await readManifest(snapshot, parts)) === undefined ? 'none' : 'complete';
  } catch (error) {
    if (!isBadSnapshot(error)) throw error;
    return error.code === 'corrupt' ? 'none' : 'unreadable';
  }
}
