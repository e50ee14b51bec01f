import type { Random } from '../base/random.ts';
import type { ListedTip } from '../coordinate/discovery.ts';
import type { LaneReach } from '../log/keys.ts';
import { coversLanes, joinLanes } from '../publish/parked-entries.ts';
import type { ParkCandidate } from '../publish/parking.ts';

/**
 * Which writers have gone quiet: their newest tip is the same for `quietMs` and a random part of that more, so that
 * several janitors do not all set out at once. All times are monotonic, milliseconds. Whoever goes sooner takes
 * along every writer that has been quiet for `quietMs`: one batch for all.
 *
 * A tip that says less than another one of its writer for as long is litter: a late PUT brought it back.
 */
export interface QuietState {
  readonly writers: ReadonlyMap<string, Watched>;
  /** Since when a key says less than another one. */
  readonly outdone: ReadonlyMap<string, number>;
}

interface Watched {
  readonly rev: number;
  readonly since: number;
  readonly patienceMs: number;
}

export const nothingWatched: QuietState = { writers: new Map(), outdone: new Map() };

export interface TipsSeen {
  readonly tips: readonly ListedTip[];
  /** When the listing began, and when it was complete. */
  readonly startedAt: number;
  readonly endedAt: number;
}

export interface Quiet {
  readonly state: QuietState;
  readonly park: readonly ParkCandidate[];
  readonly litter: readonly string[];
}

export function watchTips(
  state: QuietState,
  seen: TipsSeen,
  { quietMs, random }: { readonly quietMs: number; readonly random: Random },
): Quiet {
  const byWriter = Map.groupBy(seen.tips, ({ tip }) => tip.writer);
  const writers = new Map<string, Watched>();
  for (const [writer, tips] of byWriter) {
    const rev = Math.max(...tips.map(({ tip }) => tip.rev));
    const before = state.writers.get(writer);
    const moved = before === undefined || rev > before.rev;
    const patienceMs = quietMs * (1 + random.float() / 2);
    writers.set(writer, moved ? { rev, since: seen.endedAt, patienceMs } : before);
  }
  const quietFor = (writer: string) => seen.startedAt - (writers.get(writer) as Watched).since;
  const isDue = [...writers].some(([writer, { patienceMs }]) => quietFor(writer) >= patienceMs);
  const quiet = isDue ? [...byWriter].filter(([writer]) => quietFor(writer) >= quietMs) : [];
  const { outdone, litter } = watchOutdone(state.outdone, byWriter, seen, quietMs);
  return {
    state: { writers, outdone },
    park: quiet.map(([writer, tips]) => candidate(writer, tips)),
    litter,
  };
}

function watchOutdone(
  before: ReadonlyMap<string, number>,
  byWriter: ReadonlyMap<string, readonly ListedTip[]>,
  seen: TipsSeen,
  quietMs: number,
): { outdone: Map<string, number>; litter: string[] } {
  const outdone = new Map<string, number>();
  const litter: string[] = [];
  for (const tips of byWriter.values()) {
    for (const { key, tip } of tips) {
      const newer = ({ tip: other }: ListedTip) => other.rev > tip.rev && coversLanes(other.lanes, tip.lanes);
      if (!tips.some(newer)) continue;
      const since = before.get(key) ?? seen.endedAt;
      const isDue = seen.startedAt - since >= quietMs;
      if (isDue) litter.push(key);
      outdone.set(key, isDue ? seen.endedAt : since);
    }
  }
  return { outdone, litter };
}

function candidate(writer: string, tips: readonly ListedTip[]): ParkCandidate {
  const lanes = tips.map(({ tip }) => tip.lanes).reduce<readonly LaneReach[]>(joinLanes, []);
  return { writer, lanes, tipKeys: tips.map(({ key }) => key) };
}
