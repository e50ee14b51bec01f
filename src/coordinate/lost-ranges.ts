import type { Update } from '../base/update.ts';
import { type LaneId, laneKey } from '../log/keys.ts';
import type { LostRange } from '../state/recovery-table.ts';
import type { LanePosition, Recovered } from '../state/state.ts';

/** Where something stands in the log. */
export interface LogPlace extends LaneId {
  readonly sequence: number;
}

/** Ranges of lanes, for asking of each entry of a snapshot whether it lies in one. Those of a lane do not overlap. */
export class LostRanges {
  readonly #lanes: ReadonlyMap<string, readonly LostRange[]>;

  constructor(ranges: readonly LostRange[]) {
    this.#lanes = Map.groupBy(ranges, laneKey);
  }

  has(place: LogPlace): boolean {
    return this.#find(place) !== undefined;
  }

  /** How many of these updates lie in which range. */
  readonly tally = (updates: readonly Update[]): readonly Recovered[] => {
    const counts = new Map<number, number>();
    for (const update of updates) {
      const letter = this.#find(update)?.letter;
      if (letter !== undefined) counts.set(letter, (counts.get(letter) ?? 0) + 1);
    }
    return [...counts].map(([letter, count]) => ({ letter, updates: count }));
  };

  #find(place: LogPlace): LostRange | undefined {
    const ranges = this.#lanes.get(laneKey(place));
    return ranges?.find(({ from, to }) => from <= place.sequence && place.sequence < to);
  }
}

/** Those of which a snapshot with this vector has the newest update of every URL. */
export function coveredRanges(
  ranges: readonly LostRange[],
  vector: readonly LanePosition[],
): readonly LostRange[] {
  const positions = new Map(vector.map((position) => [laneKey(position), position.sequence]));
  return ranges.filter((range) => (positions.get(laneKey(range)) ?? 0) >= range.to);
}

/** What the dead letter of a range says in the end. */
export function recoveryNote(updates: number, snapshot: string): string {
  const rest = 'what newer updates of the same URLs had superseded is not delivered';
  return `; ${updates} ${updates === 1 ? 'update' : 'updates'} of them came from snapshot ${snapshot} instead, ${rest}`;
}
