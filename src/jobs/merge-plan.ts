import { maxBatchEntries, type ParkedEntry } from '../log/parked-batch.ts';
import { coversLanes, isEmpty, joinAllEntries } from '../publish/parked-entries.ts';

/**
 * Which batches are merged into a new one, and which may go because others say all that they say.
 *
 * A batch is outdone entry by entry: another one says at least as much of that writer, and strictly more, or the same
 * under a greater id. That order has no circles, so two janitors that delete at the same time can never delete the
 * last word on a writer, and janitors that merge the same batches twice are left with one result.
 *
 * What outdoes must have been announced for a margin: a reader whose LIST lags then knows it already when the older
 * batch goes. Lanes that have been empty for `forgetAfterMs` are left out; nobody needs to outdo them.
 */
export interface KnownBatch {
  readonly batch: string;
  /** How long its marker has stood, by the store's clock. */
  readonly ageMs: number;
  readonly entries: readonly ParkedEntry[];
}

export interface MergeSettings {
  readonly mergeFrom: number;
  readonly forgetAfterMs: number;
  readonly marginMs: number;
  /** Store time. */
  readonly time: number;
}

export interface MergePlan {
  /** Batches that may be deleted now. */
  readonly drop: readonly string[];
  /** Batches to be merged; empty when there are too few. */
  readonly merge: readonly string[];
  /** The entries of each new batch. */
  readonly write: readonly (readonly ParkedEntry[])[];
}

export function planMerge(batches: readonly KnownBatch[], settings: MergeSettings): MergePlan {
  const joined = joinAllEntries(batches.flatMap(({ entries }) => entries));
  const isForgotten = (writer: string) => isForgettable(joined.get(writer) as ParkedEntry, settings);
  const claims = claimsByWriter(batches);
  const isOutdone = (known: KnownBatch, minAgeMs: number) =>
    known.entries.every(
      (entry) =>
        isForgotten(entry.writer) ||
        (claims.get(entry.writer) ?? []).some(
          (other) => other.known.ageMs >= minAgeMs && outdoes(other, { known, entry }),
        ),
    );
  const drop = batches.filter((known) => isOutdone(known, settings.marginMs)).map(({ batch }) => batch);
  const standing = batches.filter((known) => !isOutdone(known, 0));
  // Full batches stay as they are: merging them would only write them anew.
  const merge = standing.filter(({ entries }) => entries.length <= maxBatchEntries / 2);
  if (merge.length < settings.mergeFrom) return { drop, merge: [], write: [] };
  const writers = new Set(merge.flatMap(({ entries }) => entries.map(({ writer }) => writer)));
  const kept = [...writers].filter((writer) => !isForgotten(writer));
  const write: ParkedEntry[][] = [];
  for (let at = 0; at < kept.length; at += maxBatchEntries) {
    write.push(
      kept.slice(at, at + maxBatchEntries).map((writer) => successor(joined.get(writer) as ParkedEntry)),
    );
  }
  return { drop, merge: merge.map(({ batch }) => batch), write };
}

export function isForgettable(
  { lanes, emptySince }: ParkedEntry,
  { time, forgetAfterMs }: Pick<MergeSettings, 'time' | 'forgetAfterMs'>,
): boolean {
  return isEmpty(lanes) && emptySince !== undefined && time - emptySince >= forgetAfterMs;
}

/**
 * An entry that says the same and outdoes it. The order needs something that never changes and is in the batch
 * itself; that a writer was parked a millisecond later is the weaker claim, and so always true.
 */
export function successor(entry: ParkedEntry): ParkedEntry {
  return { ...entry, parkedAt: entry.parkedAt + 1 };
}

/** What one batch says of one writer. */
interface Claim {
  readonly known: KnownBatch;
  readonly entry: ParkedEntry;
}

function claimsByWriter(batches: readonly KnownBatch[]): Map<string, Claim[]> {
  const claims = batches.flatMap((known) => known.entries.map((entry) => ({ known, entry })));
  return Map.groupBy(claims, ({ entry }) => entry.writer);
}

function outdoes(a: Claim, b: Claim): boolean {
  if (a.known.batch === b.known.batch || !saysAsMuch(a.entry, b.entry)) return false;
  return !saysAsMuch(b.entry, a.entry) || a.known.batch > b.known.batch;
}

function saysAsMuch(a: ParkedEntry, b: ParkedEntry): boolean {
  return coversLanes(a.lanes, b.lanes) && a.parkedAt >= b.parkedAt;
}
