import { noKeys } from '../../src/log/fleet-keys.ts';
import { encodeRecord } from '../../src/log/record.ts';
import { parseSnapshotKey } from '../../src/log/snapshot-keys.ts';
import type { FoundSnapshot } from '../../src/snapshots/find-snapshots.ts';
import { writeSnapshot } from '../../src/snapshots/write-snapshot.ts';
import { newestRow } from '../../src/state/newest-row.ts';
import { openMemoryState } from '../../src/state/open-state.ts';
import { settle } from '../support/fake-clock.ts';
import { Rig } from './rig.ts';

export const all = ['u0', 'u1', 'u2', 'u3', 'u4', 'u5'];

/** A log of six segments with an update of `u<n>` each, of which the first four are trimmed. */
export async function trimmedFleet() {
  const rig = new Rig();
  const writer = rig.log.writer('a');
  for (const [sequence, url] of all.entries()) await rig.log.segment(writer, sequence, [url]);
  await rig.log.tip(writer, { next: 6, oldest: 4 });
  await rig.log.trim(writer, 0, 4);
  return { rig, writer };
}

/** The newest update of a URL, in lane 0 of its writer. */
export interface Entry {
  readonly writer: string;
  readonly sequence: number;
  readonly url: string;
  readonly kind?: 'put' | 'delete';
}

/** Of an index that holds `u0` … in as many segments, where `u1` is deleted. */
export function snapshot(rig: Rig, writer: string, urls: number, maxContentBytes = 100) {
  const entries = Array.from({ length: urls }, (_, sequence) => {
    const kind = sequence === 1 ? 'delete' : 'put';
    return { writer, sequence, url: `u${sequence}`, kind } as const;
  });
  return snapshotOf(rig, entries, { [writer]: urls }, maxContentBytes);
}

let rev = 0;
/** Two entries a part. `vector`: the next sequence number of each writer's lane. */
export function snapshotOf(
  rig: Rig,
  entries: readonly Entry[],
  vector: Readonly<Record<string, number>>,
  maxContentBytes = 100,
): Promise<FoundSnapshot> {
  const { clock, random } = rig;
  const index = openMemoryState({ clock, random });
  const newest = entries.map(({ writer, sequence, url, kind = 'put' }, at) => {
    const stamp = { id: `${at}`.padStart(32, '0'), hlc: BigInt(sequence + 1) << 16n };
    const record = encodeRecord({ url, kind, data: kind }, stamp);
    return newestRow(record, { writer, lane: 0, sequence, index: 0 }, { storedAt: 0, maxContentBytes });
  });
  const start = Object.entries(vector).map(([writer, sequence]) => ({ writer, lane: 0, sequence, index: 0 }));
  index.createSubscription('~index', 'earliest', start, clock.now());
  index.advance('~index', { newest });
  rev += 1;
  return writeSnapshot(rev, clock.now(), {
    store: rig.store.inner,
    fleet: { fleetId: rig.log.fleetId, keys: noKeys },
    state: index,
    clock: { sleep: () => settle() },
    random,
    server: 'a',
    reader: '~index',
    partUrls: 2,
    signal: new AbortController().signal,
  });
}

/** The keys of a snapshot's parts. */
export async function partsOf(rig: Rig, id: string): Promise<string[]> {
  const { objects } = await rig.store.inner.list('v1/snapshots/');
  return objects.flatMap(({ key }) => {
    const parsed = parseSnapshotKey(key);
    return parsed?.snapshot.id === id && parsed.object !== 'manifest' ? [key] : [];
  });
}
