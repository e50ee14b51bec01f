import type { Clock } from '../base/clock.ts';
import type { LaneReach } from '../log/keys.ts';
import type { State, WriterRecord } from '../state/state.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { listMarkers, readBatch } from './parked-batches.ts';
import { coversLanes, joinAllEntries, joinLanes } from './parked-entries.ts';
import { type ExtendedCandidate, extendAll, type ParkingParts, parkExtended } from './parking.ts';
import { readWriterTips } from './writer-tips.ts';

export interface RollForwardParts extends ParkingParts {
  readonly store: ParkingParts['store'] & Pick<ObjectStore, 'get'>;
  readonly state: Pick<State, 'markParked'>;
  readonly clock: Pick<Clock, 'now'>;
  /** From half this age on, retention may have been at a writer's segments. */
  readonly maxAgeMs: number;
}

export interface RollForwardOptions {
  /** Leave the tips to the janitors: somebody may still be alive under this name. */
  readonly keepTips?: boolean;
  /** Mark the doubtful ones as parked too. */
  readonly final?: boolean;
}

export interface RolledForward {
  /** How far each writer's lanes reach now. */
  readonly reached: ReadonlyMap<string, readonly LaneReach[]>;
  /**
   * Not marked as parked, to be looked at again later: no tip of theirs is seen, and what is seen of their lanes does
   * not begin at their beginning. Their newest tip may be hidden by a lagging LIST.
   */
  readonly doubtful: readonly WriterRecord[];
}

/**
 * Makes everything findable that this host's earlier writers left behind, and parks them. A crash may have left
 * durable segments beyond the last tip. Crashing here, at any point, only means doing it again.
 *
 * A tip that is gone was parked by a janitor: then the batches tell how far it reached. A writer that never wrote
 * anything is just marked.
 */
export async function rollForward(
  records: readonly WriterRecord[],
  parts: RollForwardParts,
  options: RollForwardOptions = {},
): Promise<RolledForward> {
  const seen = await Promise.all(records.map((record) => readWriterTips(record, parts)));
  const first = await extendAll(seen, parts);
  const unsure = first.filter(({ doubtful, tipKeys }) => doubtful || tipKeys.length === 0);
  const parked =
    unsure.length > 0 ? await readParked(new Set(unsure.map(({ writer }) => writer)), parts) : new Map();
  const known = await Promise.all(
    first.map((candidate) => joinParked(candidate, parked.get(candidate.writer), parts)),
  );

  const toPark = known.filter((candidate) => !isSaid(candidate, parked.get(candidate.writer)));
  await parkExtended(
    options.keepTips ? toPark.map((candidate) => ({ ...candidate, tipKeys: [] })) : toPark,
    parts,
  );

  const doubtful = records.filter((record, index) => {
    const candidate = known[index] as ExtendedCandidate;
    return !options.final && isDoubtful(candidate, parked.has(record.writer), record, parts);
  });
  for (const record of records) if (!doubtful.includes(record)) parts.state.markParked(record.writer);
  return { reached: new Map(known.map(({ writer, lanes }) => [writer, lanes])), doubtful };
}

/** What the parked batches say of these writers. */
async function readParked(
  writers: ReadonlySet<string>,
  parts: RollForwardParts,
): Promise<Map<string, readonly LaneReach[]>> {
  const found = [];
  for (const { batch } of (await listMarkers(parts)).markers) {
    const reading = await readBatch(batch, parts);
    if (reading.status === 'read') found.push(...reading.entries.filter(({ writer }) => writers.has(writer)));
  }
  return new Map([...joinAllEntries(found)].map(([writer, { lanes }]) => [writer, lanes]));
}

async function joinParked(
  candidate: ExtendedCandidate,
  parked: readonly LaneReach[] | undefined,
  parts: RollForwardParts,
): Promise<ExtendedCandidate> {
  if (parked === undefined || coversLanes(candidate.lanes, parked)) return candidate;
  const [extended] = await extendAll([{ ...candidate, lanes: joinLanes(candidate.lanes, parked) }], parts);
  return extended as ExtendedCandidate;
}

/** Nothing would be new in a batch about it, and no tip needs to go. */
function isSaid({ lanes, tipKeys }: ExtendedCandidate, parked: readonly LaneReach[] | undefined): boolean {
  if (tipKeys.length > 0) return false;
  return coversLanes(parked ?? lanes.map(() => ({ next: 0, oldest: 0 })), lanes);
}

function isDoubtful(
  { tipKeys, lanes, doubtful }: ExtendedCandidate,
  isParked: boolean,
  record: WriterRecord,
  { clock, maxAgeMs }: RollForwardParts,
): boolean {
  if (doubtful) return true;
  const nothingSeen = tipKeys.length === 0 && !isParked && lanes.every(({ next }) => next === 0);
  return nothingSeen && clock.now() - record.createdAt >= maxAgeMs / 2;
}
