import type { Clock } from '../base/clock.ts';
import { type LaneReach, laneKey } from '../log/keys.ts';
import type { ParkedEntry } from '../log/parked-batch.ts';
import { coversLanes, isEmpty } from '../publish/parked-entries.ts';
import { heldOldest, planTrim, sweepLane, type TrimParts } from '../publish/trim-lane.ts';
import { successor } from './merge-plan.ts';

export interface ParkedTrimParts extends TrimParts {
  readonly clock: Pick<Clock, 'monotonic'>;
}

export interface TrimmedEntry {
  /** With higher `oldest`, to be written in a new batch. */
  readonly entry: ParkedEntry;
  readonly ranges: readonly { readonly lane: number; readonly from: number; readonly to: number }[];
}

/** Clean LISTs after which a trimmed lane is not looked at again: late PUTs have come by then. */
const cleanRounds = 2;

/**
 * Retention for the lanes of parked writers. It works in rounds: one raises `oldest` in a batch, a later one, when
 * that batch has stood for the margin, deletes. So nothing is lost by a crash in between, and another janitor may
 * do the second half. In memory is only what saves requests.
 */
export class ParkedTrim {
  readonly #parts: ParkedTrimParts;
  /** By lane, monotonic: before this no segment grows old. */
  readonly #dueAt = new Map<string, number>();
  readonly #swept = new Map<string, { readonly oldest: number; readonly clean: number }>();

  constructor(parts: ParkedTrimParts) {
    this.#parts = parts;
  }

  /**
   * Raises what may be raised now; `time` is the store's. That the writer's lanes are empty counts from when it has been
   * announced for the margin (`stood`: what was): a reader that did not hear of it before then did not poll since.
   */
  async plan(entry: ParkedEntry, time: number, stood?: ParkedEntry): Promise<TrimmedEntry | undefined> {
    const lanes: LaneReach[] = [];
    for (const [lane, reach] of entry.lanes.entries()) {
      lanes.push({ ...reach, oldest: await this.#oldest(entry, lane, reach, time) });
    }
    const ranges = lanes.flatMap(({ oldest }, lane) => {
      const from = (entry.lanes[lane] as LaneReach).oldest;
      return oldest > from ? [{ lane, from, to: oldest }] : [];
    });
    const emptied =
      entry.emptySince === undefined && isEmpty(lanes) && coversLanes(stood?.lanes ?? [], lanes);
    if (ranges.length === 0 && !emptied) return undefined;
    return { entry: { ...successor(entry), lanes, ...(emptied && { emptySince: time }) }, ranges };
  }

  /** Deletes below `oldest` of an entry that has stood for the margin. Returns the number of deleted keys. */
  async sweep({ writer, lanes }: ParkedEntry): Promise<number> {
    let deleted = 0;
    for (const [lane, { oldest }] of lanes.entries()) {
      const key = laneKey({ writer, lane });
      const before = this.#swept.get(key);
      const clean = before?.oldest === oldest ? before.clean : 0;
      if (oldest === 0 || clean >= cleanRounds) continue;
      const swept = await sweepLane({ writer, lane }, oldest, this.#parts);
      const isClean = swept.clean && swept.deleted === 0;
      this.#swept.set(key, { oldest, clean: isClean ? clean + 1 : 0 });
      deleted += swept.deleted;
    }
    return deleted;
  }

  /** Forgets lanes that are no longer parked anywhere. */
  keep(writers: ReadonlySet<string>): void {
    for (const memory of [this.#dueAt, this.#swept]) {
      for (const key of memory.keys())
        if (!writers.has(key.slice(0, key.lastIndexOf('/')))) memory.delete(key);
    }
  }

  async #oldest(entry: ParkedEntry, lane: number, reach: LaneReach, time: number): Promise<number> {
    const { clock, maxAgeMs, floor } = this.#parts;
    const id = { writer: entry.writer, lane };
    if (reach.oldest === reach.next) return reach.oldest;
    // Everything below `next` stood when the writer was parked.
    if (time - entry.parkedAt >= maxAgeMs) return heldOldest(reach.next, id, reach, floor);
    const key = laneKey(id);
    if (clock.monotonic() < (this.#dueAt.get(key) ?? 0)) return reach.oldest;
    const plan = await planTrim(id, reach, this.#parts);
    if (plan.dueAt !== undefined) this.#dueAt.set(key, clock.monotonic() + plan.dueAt - plan.time);
    return heldOldest(plan.oldest, id, reach, floor);
  }
}
