import { createHash } from 'node:crypto';
import { corruptError } from '../log/corrupt.ts';
import { partKey } from '../log/snapshot-keys.ts';
import { decodePart, type SnapshotEntry } from '../log/snapshot-part.ts';
import { type FoundSnapshot, getWhole, type SnapshotReading } from './find-snapshots.ts';

export interface ReadPart {
  readonly part: number;
  readonly entries: readonly SnapshotEntry[];
}

export interface PartsOptions {
  /** The first to read. Default 0. */
  readonly from?: number;
  /** Parts take at most so much memory at once, stored and opened; a larger one comes alone. */
  readonly bytesAtOnce: number;
}

type Reading = Omit<SnapshotReading, 'events'>;

/** Beyond this many requests at once nothing gets faster. */
const mostAtOnce = 8;

/** The parts in order, some fetched ahead. Throws what `isBadSnapshot` knows when one is missing or bad. */
export async function* readParts(
  found: FoundSnapshot,
  reading: Reading,
  { from = 0, bytesAtOnce }: PartsOptions,
): AsyncGenerator<ReadPart> {
  const { parts } = found.manifest;
  const ahead: { readonly entries: Promise<SnapshotEntry[]>; readonly bytes: number }[] = [];
  let held = 0;
  let next = from;
  for (let part = from; part < parts.length; part += 1) {
    for (let coming = parts[next]; coming !== undefined; coming = parts[next]) {
      const bytes = coming.storedBytes + coming.plainBytes;
      if (ahead.length > 0 && (held + bytes > bytesAtOnce || ahead.length >= mostAtOnce)) break;
      const entries = readPart(found, next, reading);
      // Told when its turn comes, if it ever does.
      entries.catch(() => {});
      ahead.push({ entries, bytes });
      held += bytes;
      next += 1;
    }
    const { entries, bytes } = ahead.shift() as (typeof ahead)[number];
    yield { part, entries: await entries };
    held -= bytes;
  }
}

/** One part, checked against the manifest. */
async function readPart(
  { snapshot, manifest }: FoundSnapshot,
  part: number,
  { store, fleet, signal }: Reading,
): Promise<SnapshotEntry[]> {
  const key = partKey(snapshot, part);
  const named = manifest.parts[part];
  if (named === undefined) throw corruptError(key, 'the manifest names no such part');
  const stored = await getWhole(store, key, named.storedBytes, signal);
  if (stored === undefined) throw corruptError(key, 'the manifest names it, and it is missing');
  const digest = createHash('sha256').update(stored).digest('hex');
  if (stored.length !== named.storedBytes || digest !== named.digest)
    throw corruptError(key, 'it is not the part that the manifest names');
  const entries = decodePart(stored, { snapshot, part, fleet }, named.plainBytes);
  if (entries.length !== named.urls)
    throw corruptError(key, `${entries.length} entries instead of ${named.urls}`);
  return entries;
}
