import type { Clock } from '../base/clock.ts';
import type { NodeEmitter } from '../base/events.ts';
import type { Random } from '../base/random.ts';
import type { FleetKeys } from '../log/fleet-keys.ts';
import { markerKey, parkedPrefix, parseParkedKey } from '../log/keys.ts';
import { maxBatchEntries, type ParkedEntry } from '../log/parked-batch.ts';
import { deleteKeys } from '../publish/delete-keys.ts';
import { listMarkers } from '../publish/parked-batches.ts';
import { joinAllEntries } from '../publish/parked-entries.ts';
import { type ExtendedCandidate, extendAll, parkExtended } from '../publish/parking.ts';
import { writeBatch } from '../publish/write-batch.ts';
import { readWriterTips } from '../publish/writer-tips.ts';
import type { State } from '../state/state.ts';
import { listAll } from '../store/list-all.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { ParkedTrim, type TrimmedEntry } from './parked-trim.ts';
import { entriesFrom, ParkedView } from './parked-view.ts';
import { silentWriters } from './silent-writers.ts';

export interface CleanupSettings {
  readonly fleetId: string;
  readonly keys: FleetKeys;
  /** Segments older than this by the store's clock go, milliseconds. */
  readonly maxAgeMs: number;
  /** Wait between announcing and deleting, in which readers may still fetch, milliseconds. */
  readonly marginMs: number;
  /** Writers whose tips have stood for this long by the store's clock are parked; above `janitor.quietMs`, milliseconds. */
  readonly silentMs: number;
  /** Batches without a marker go when they are older than this, milliseconds: nobody can still be about to announce them. */
  readonly forgetAfterMs: number;
  /** Only report; nothing is written or deleted. */
  readonly dryRun: boolean;
}

export interface CleanupComponents {
  readonly store: ObjectStore;
  readonly state: Pick<State, 'unparkedWriters'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: Pick<NodeEmitter, 'emit'>;
  readonly signal: AbortSignal;
  /** Told when the wait for the margin begins: so many segments go after it. */
  readonly onAnnounced?: (segments: number) => void;
}

export interface CleanupReport {
  /** Silent writers that are, or would be, parked: their tips give way to a line in a batch. */
  readonly parked: readonly string[];
  /** Segments `[from, to)` that are, or would be, announced as trimmed. */
  readonly trimmed: readonly {
    readonly writer: string;
    readonly lane: number;
    readonly from: number;
    readonly to: number;
  }[];
  /** Segments deleted, those of earlier announcements included. */
  readonly deletedSegments: number;
  /** Batches that nothing refers to: left behind by crashes. */
  readonly orphanedBatches: readonly string[];
  /** Batches that could not be read and were left alone. */
  readonly unreadableBatches: readonly string[];
}

/**
 * Parks writers that have fallen silent, and trims by age whatever is parked or was written from this state directory,
 * by the same steps as a janitor: announce in a batch, wait for the margin, delete. Takes as long as the margin when
 * there is something to announce. Whatever it leaves undone by being aborted, a janitor or the next cleanup completes.
 */
export async function cleanup(
  settings: CleanupSettings,
  components: CleanupComponents,
): Promise<CleanupReport> {
  const { clock, signal, store } = components;
  const parts = { ...components, fleet: { fleetId: settings.fleetId, keys: settings.keys } };
  const unreadableBatches: string[] = [];
  const view = new ParkedView({
    ...parts,
    readOnly: settings.dryRun,
    onUnreadable: (batch) => unreadableBatches.push(batch),
  });
  const trim = new ParkedTrim({ ...parts, maxAgeMs: settings.maxAgeMs });
  const { batches, time } = await view.refresh();
  const silent = await extendAll(await silentWriters(settings.silentMs, parts), parts);
  const own = await ownEntries(time, parts);
  const entries = [...entriesFrom(batches, 0), ...silent.map(silentEntry), ...own];
  const trimmed: TrimmedEntry[] = [];
  for (const entry of joinAllEntries(entries).values()) {
    const plan = await trim.plan(entry, time);
    if (plan && plan.ranges.length > 0) trimmed.push(plan);
  }
  const orphanedBatches = await findOrphans(settings, parts);
  const report = {
    parked: silent.map(({ writer }) => writer),
    trimmed: trimmed.flatMap(({ entry: { writer }, ranges }) =>
      ranges.map((range) => ({ writer, ...range })),
    ),
    orphanedBatches,
    unreadableBatches,
  };
  if (settings.dryRun) return { ...report, deletedSegments: 0 };

  await deleteKeys(orphanedBatches, { store, signal });
  await parkExtended(silent, parts);
  let deletedSegments = 0;
  for (const entry of joinAllEntries(entriesFrom(batches, settings.marginMs)).values()) {
    deletedSegments += await trim.sweep(entry);
  }
  if (trimmed.length === 0) return { ...report, deletedSegments };
  for (let at = 0; at < trimmed.length; at += maxBatchEntries) {
    await writeBatch(
      trimmed.slice(at, at + maxBatchEntries).map(({ entry }) => entry),
      parts,
    );
  }
  components.onAnnounced?.(report.trimmed.reduce((sum, { from, to }) => sum + to - from, 0));
  await clock.sleep(settings.marginMs, signal);
  for (const { entry } of trimmed) deletedSegments += await trim.sweep(entry);
  return { ...report, deletedSegments };
}

type Parts = CleanupComponents & { readonly fleet: Pick<CleanupSettings, 'fleetId' | 'keys'> };

/** This directory's writers that are not parked, by their tips. */
async function ownEntries(time: number, parts: Parts): Promise<ParkedEntry[]> {
  const entries: ParkedEntry[] = [];
  for (const record of parts.state.unparkedWriters()) {
    const { writer, lanes } = await readWriterTips(record, parts);
    entries.push({ writer, lanes, parkedAt: time });
  }
  return entries;
}

function silentEntry({ writer, lanes, time }: ExtendedCandidate): ParkedEntry {
  return { writer, lanes, parkedAt: time };
}

/** Absence from a LIST means nothing, so a marker that is not listed is asked for. */
async function findOrphans({ forgetAfterMs }: CleanupSettings, { store, signal }: Parts): Promise<string[]> {
  const { markers, time } = await listMarkers({ store, signal });
  const marked = new Set(markers.map(({ batch }) => batch));
  const orphans: string[] = [];
  for await (const { key, lastModified } of listAll(store, parkedPrefix, { signal })) {
    const batch = parseParkedKey(key);
    if (batch === undefined || marked.has(batch) || time - lastModified < forgetAfterMs) continue;
    if ((await store.head(markerKey(batch), { signal })).status === 'missing') orphans.push(key);
  }
  return orphans;
}
