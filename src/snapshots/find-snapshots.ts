import { BucketcastError, isBucketcastError } from '../base/errors.ts';
import type { NodeEmitter } from '../base/events.ts';
import { corruptError } from '../log/corrupt.ts';
import { envelopeBytes } from '../log/snapshot-envelope.ts';
import {
  manifestKey,
  parseSnapshotName,
  type SnapshotId,
  snapshotName,
  snapshotsPrefix,
} from '../log/snapshot-keys.ts';
import { decodeManifest, maxManifestBytes, type SnapshotManifest } from '../log/snapshot-manifest.ts';
import type { Fleet } from '../log/tip-mac.ts';
import { listPages } from '../store/list-all.ts';
import type { ObjectStore } from '../store/object-store.ts';

/** Where snapshots are. */
export interface SnapshotSource {
  readonly store: Pick<ObjectStore, 'list' | 'get'>;
  readonly fleet: Fleet;
}

export interface SnapshotReading extends SnapshotSource {
  readonly events: Pick<NodeEmitter, 'emit'>;
  readonly signal: AbortSignal;
}

/** A snapshot whose manifest stands and verifies. */
export interface FoundSnapshot {
  readonly snapshot: SnapshotId;
  readonly manifest: SnapshotManifest;
}

/** A snapshot whose parts are missing or bad, or that this node cannot read: the one before may do. */
const reasonsToGoOn = ['corrupt', 'unknown-key', 'newer-format'] as const;

export function isBadSnapshot(error: unknown): error is BucketcastError {
  return reasonsToGoOn.some((code) => isBucketcastError(error, code));
}

/** Everything under `snapshots/` that is named like one, newest first, and the store's time. */
export async function listSnapshots({ store, signal }: Pick<SnapshotReading, 'store' | 'signal'>) {
  const snapshots: SnapshotId[] = [];
  let time = 0;
  for await (const page of listPages(store, snapshotsPrefix, { delimiter: '/', signal })) {
    time = page.time;
    for (const prefix of page.prefixes) {
      const snapshot = parseSnapshotName(prefix.slice(snapshotsPrefix.length, -1));
      if (snapshot !== undefined) snapshots.push(snapshot);
    }
  }
  return { snapshots: snapshots.reverse(), time };
}

/** `undefined` while it has none: it is being written, or was never finished. Throws what `isBadSnapshot` knows, too. */
export async function readManifest(
  snapshot: SnapshotId,
  { store, fleet, signal }: Pick<SnapshotReading, 'store' | 'fleet' | 'signal'>,
): Promise<SnapshotManifest | undefined> {
  const stored = await getWhole(store, manifestKey(snapshot), maxManifestBytes + envelopeBytes, signal);
  return stored && decodeManifest(stored, { snapshot, fleet });
}

/** The complete ones, newest first. Of those that are bad it tells. Throws when the store does not answer. */
export async function* completeSnapshots(reading: SnapshotReading): AsyncGenerator<FoundSnapshot> {
  const { snapshots } = await listSnapshots(reading);
  for (const snapshot of snapshots) {
    try {
      const manifest = await readManifest(snapshot, reading);
      if (manifest !== undefined) yield { snapshot, manifest };
    } catch (error) {
      if (!isBadSnapshot(error)) throw error;
      reading.events.emit('snapshot-bad', { snapshot: snapshotName(snapshot), error });
    }
  }
}

/** One that is known by its name. Throws what `isBadSnapshot` knows, also when it is gone, and when the store does not answer. */
export async function findSnapshot(
  name: string,
  reading: Omit<SnapshotReading, 'events'>,
): Promise<FoundSnapshot> {
  const snapshot = parseSnapshotName(name);
  const manifest = snapshot && (await readManifest(snapshot, reading));
  if (snapshot === undefined || manifest === undefined)
    throw corruptError(name, 'the snapshot is gone: newer ones have taken its place');
  return { snapshot, manifest };
}

/** The newest complete one that has anything in it, and is none of these. Throws when the store does not answer. */
export async function newestSnapshot(
  reading: SnapshotReading,
  besides: ReadonlySet<string>,
): Promise<FoundSnapshot | undefined> {
  for await (const found of completeSnapshots(reading))
    if (!besides.has(snapshotName(found.snapshot)) && found.manifest.parts.length > 0) return found;
  return undefined;
}

/** The whole object; one that is larger than it may be is `corrupt`, and `undefined` one that is not there. */
export async function getWhole(
  store: Pick<ObjectStore, 'get'>,
  key: string,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  try {
    const answer = await store.get(key, { maxBytes, signal });
    return answer.status === 'found' ? answer.body : undefined;
  } catch (error) {
    const size = error instanceof BucketcastError ? error.details['size'] : undefined;
    if (isBucketcastError(error, 'store-refused') && typeof size === 'number')
      throw corruptError(key, `${size} bytes are more than ${maxBytes}`, error);
    throw error;
  }
}
