import { checkSettings } from '../../src/config/check-settings.ts';
import { decodeFleetId } from '../../src/log/fleet-id.ts';
import { fleetKeys } from '../../src/log/fleet-keys.ts';
import { fleetIdKey } from '../../src/log/keys.ts';
import { readRecord } from '../../src/log/record.ts';
import { manifestKey, parseSnapshotName, partKey, type SnapshotId } from '../../src/log/snapshot-keys.ts';
import { decodeManifest } from '../../src/log/snapshot-manifest.ts';
import { decodePart, type SnapshotEntry } from '../../src/log/snapshot-part.ts';
import type { Filled, LedgerEntry } from '../ledger/entries.ts';
import { covers } from '../ledger/places.ts';
import type { World } from './world.ts';

/**
 * What is wrong with losses that snapshots filled: each entry of the snapshot that lies in one must have been accepted by the reader's
 * sink, or blamed, before the range counts as dealt with; and its vector must reach to the end of it.
 */
export function wrongFillings(world: World): string[] {
  const wrongs: string[] = [];
  const settled = new Set<string>();
  for (const entry of world.ledger) {
    if (entry.type === 'accepted' || entry.type === 'dead') settled.add(`${entry.reader} ${entry.token}`);
    if (entry.type !== 'filled') continue;
    const { vector, entries } = readSnapshot(entry, world);
    const end = vector.find(({ writer, lane }) => writer === entry.writer && lane === entry.lane);
    if ((end?.sequence ?? 0) < entry.to)
      wrongs.push(`${entry.reader}: ${shown(entry)} was filled from ${entry.snapshot}, which ends before`);
    for (const held of entries) {
      if (!covers({ ...entry, type: 'lost', reason: 'expired' }, held)) continue;
      const { token } = readRecord(held.record, held).data as { token: string };
      if (!settled.has(`${entry.reader} ${token}`))
        wrongs.push(`${entry.reader}: ${token} of ${shown(entry)} is in ${entry.snapshot}, and never came`);
    }
  }
  return wrongs;
}

/** How many ranges of which subscriptions of users were filled. */
export function fillings(ledger: readonly LedgerEntry[]): number {
  return ledger.filter(({ type }) => type === 'filled').length;
}

function readSnapshot({ snapshot: name }: Filled, { bucket, settings }: World) {
  const fleet = {
    fleetId: decodeFleetId(bucket.get(fleetIdKey)?.body as Uint8Array),
    keys: fleetKeys(checkSettings(settings).encryption),
  };
  const snapshot = parseSnapshotName(name) as SnapshotId;
  const stored = (key: string) => bucket.snapshots.get(key) as Uint8Array;
  const { parts, vector } = decodeManifest(stored(manifestKey(snapshot)), { snapshot, fleet });
  const entries = parts.flatMap(({ plainBytes }, part): SnapshotEntry[] =>
    decodePart(stored(partKey(snapshot, part)), { snapshot, part, fleet }, plainBytes),
  );
  return { vector, entries };
}

function shown({ writer, lane, from, to }: Filled): string {
  return `${writer}/${lane} #${from}-${to}`;
}
