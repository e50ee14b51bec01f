import type { Clock } from '../base/clock.ts';
import { snapshotName } from '../log/snapshot-keys.ts';
import type { State } from '../state/state.ts';
import {
  completeSnapshots,
  type FoundSnapshot,
  isBadSnapshot,
  type SnapshotReading,
} from './find-snapshots.ts';
import { readParts } from './read-parts.ts';
import { entryRow } from './snapshot-entries.ts';

export interface LoadParts extends SnapshotReading {
  readonly state: Pick<State, 'newest' | 'createSubscription'>;
  readonly clock: Pick<Clock, 'sleep'>;
  /** The subscription that goes on from the snapshot's vector. */
  readonly reader: string;
  /** @see PartsOptions.bytesAtOnce */
  readonly bytesAtOnce: number;
}

/** Rows in one transaction: the event loop stands still meanwhile. */
const rowsAtOnce = 2000;

/**
 * Fills an index that has no positions yet with the newest complete snapshot that can be read, and gives it the snapshot's vector as
 * its start, last. Until then it does not exist: a crash midway begins again, and rows that stand already only come again. Returns
 * whether there was one. Throws when the store does not answer.
 */
export async function loadIndex(parts: LoadParts): Promise<boolean> {
  const { state, reader, events } = parts;
  for await (const found of untried(parts)) {
    try {
      await loadRows(found, parts);
    } catch (error) {
      if (!isBadSnapshot(error)) throw error;
      events.emit('snapshot-bad', { snapshot: snapshotName(found.snapshot), error });
      continue;
    }
    const { vector, currentAt } = found.manifest;
    state.createSubscription(reader, 'snapshot', vector, currentAt);
    return true;
  }
  events.emit('snapshot-none', { reader });
  return false;
}

/** Looks again until there is nothing new: while one is read it may be deleted, because newer ones have come. */
async function* untried(reading: SnapshotReading): AsyncGenerator<FoundSnapshot> {
  const tried = new Set<string>();
  for (let before = -1; before < tried.size; ) {
    before = tried.size;
    for await (const found of completeSnapshots(reading)) {
      const name = snapshotName(found.snapshot);
      if (tried.has(name)) continue;
      tried.add(name);
      yield found;
    }
  }
}

async function loadRows(found: FoundSnapshot, parts: LoadParts): Promise<void> {
  const { state, clock, signal, events, reader, bytesAtOnce } = parts;
  const snapshot = snapshotName(found.snapshot);
  const of = found.manifest.parts.reduce((sum, { urls }) => sum + urls, 0);
  let urls = 0;
  events.emit('snapshot-read', { reader, snapshot, urls, of });
  for await (const { entries } of readParts(found, parts, { bytesAtOnce })) {
    for (let at = 0; at < entries.length; at += rowsAtOnce) {
      state.newest.apply(entries.slice(at, at + rowsAtOnce).map(entryRow));
      await clock.sleep(0, signal);
    }
    urls += entries.length;
    events.emit('snapshot-read', { reader, snapshot, urls, of });
  }
}
