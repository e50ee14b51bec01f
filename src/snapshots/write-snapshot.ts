import { createHash } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import { BucketcastError } from '../base/errors.ts';
import { type Random, randomHex } from '../base/random.ts';
import { MiB } from '../config/units.ts';
import { manifestKey, partKey, type SnapshotId } from '../log/snapshot-keys.ts';
import { encodeManifest, type SnapshotManifest, type SnapshotPart } from '../log/snapshot-manifest.ts';
import { encodePart, type SnapshotEntry } from '../log/snapshot-part.ts';
import type { Fleet } from '../log/tip-mac.ts';
import type { State } from '../state/state.ts';
import type { ObjectStore } from '../store/object-store.ts';
import type { FoundSnapshot } from './find-snapshots.ts';
import { snapshotEntry } from './snapshot-entries.ts';

export interface WriteParts {
  readonly store: Pick<ObjectStore, 'get' | 'put'>;
  readonly fleet: Fleet;
  readonly state: Pick<State, 'newest' | 'positions' | 'subscription' | 'hostId'>;
  readonly clock: Pick<Clock, 'sleep'>;
  readonly random: Random;
  readonly server: string;
  /** The subscription that keeps the index: its positions are the vector. */
  readonly reader: string;
  readonly partUrls: number;
  readonly signal: AbortSignal;
}

/** Rows read at once: the event loop stands still meanwhile. */
const rowsAtOnce = 500;
/** A part is closed at this size, whatever it holds. */
const partBytes = 8 * MiB;
const putsAtOnce = 4;

/**
 * Writes one snapshot, the manifest last: until that is acknowledged there is none, and the one before counts. `time` is the store's.
 *
 * The vector is read before the first row. A row and the position behind it move in one transaction, so every row is at least as new
 * as the vector says, and whoever follows the log from there gets whatever is newer, and some of it twice. No transaction is kept
 * open for as long as the writing takes.
 */
export async function writeSnapshot(rev: number, time: number, parts: WriteParts): Promise<FoundSnapshot> {
  const { store, fleet, state, random, server, reader, signal } = parts;
  const snapshot: SnapshotId = { rev, id: randomHex(random, 16) };
  const currentAt = state.subscription(reader)?.currentAt ?? 0;
  const vector = state.positions(reader);
  const written = await writeParts(snapshot, parts);
  const manifest: SnapshotManifest = {
    server,
    hostId: state.hostId,
    writtenAt: time,
    currentAt,
    parts: written,
    vector,
  };
  const bytes = await encodeManifest(manifest, { snapshot, fleet }, random);
  signal.throwIfAborted();
  await putOnce(manifestKey(snapshot), bytes, store, signal);
  return { snapshot, manifest };
}

/** Closes parts as rows come, and has some of them under way at once. */
async function writeParts(snapshot: SnapshotId, parts: WriteParts): Promise<SnapshotPart[]> {
  const written: SnapshotPart[] = [];
  const underWay = new Set<Promise<void>>();
  let number = 0;
  for await (const entries of partsOfIndex(parts)) {
    const part = number;
    number += 1;
    const put = writePart(snapshot, part, entries, parts).then((done) => {
      written[part] = done;
      underWay.delete(put);
    });
    // Whoever waits for it below is told.
    put.catch(() => {});
    underWay.add(put);
    if (underWay.size >= putsAtOnce) await Promise.race(underWay);
  }
  await Promise.all(underWay);
  return written;
}

async function writePart(
  snapshot: SnapshotId,
  part: number,
  entries: readonly SnapshotEntry[],
  { store, fleet, random, signal }: WriteParts,
): Promise<SnapshotPart> {
  const { bytes, plainBytes } = await encodePart(entries, { snapshot, part, fleet }, random);
  await store.put(partKey(snapshot, part), bytes, { signal });
  const digest = createHash('sha256').update(bytes).digest('hex');
  return { urls: entries.length, storedBytes: bytes.length, plainBytes, digest };
}

async function* partsOfIndex({ state, clock, partUrls, signal }: WriteParts) {
  let entries: SnapshotEntry[] = [];
  let bytes = 0;
  let after: Uint8Array | undefined;
  do {
    const page = state.newest.page(after, rowsAtOnce);
    for (const row of page.rows) {
      const entry = snapshotEntry(row);
      if (entry === undefined) continue;
      entries.push(entry);
      bytes += entry.record.length;
      if (entries.length < partUrls && bytes < partBytes) continue;
      yield entries;
      entries = [];
      bytes = 0;
    }
    after = page.next;
    await clock.sleep(0, signal);
  } while (after !== undefined);
  if (entries.length > 0) yield entries;
}

/** A put-if-absent that is tried again can meet its own success. */
async function putOnce(
  key: string,
  bytes: Uint8Array,
  store: WriteParts['store'],
  signal: AbortSignal,
): Promise<void> {
  const { status } = await store.put(key, bytes, { condition: 'absent', signal });
  if (status === 'stored') return;
  const found = await store.get(key, { signal });
  if (found.status === 'found' && Buffer.compare(found.body, bytes) === 0) return;
  throw new BucketcastError('store-refused', `${key}: something else stands there`, { details: { key } });
}
