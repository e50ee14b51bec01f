import { backoffMs } from '../base/backoff.ts';
import { type LaneId, laneKey } from '../log/keys.ts';
import { snapshotName } from '../log/snapshot-keys.ts';
import {
  type FoundSnapshot,
  findSnapshot,
  isBadSnapshot,
  newestSnapshot,
  type SnapshotReading,
} from '../snapshots/find-snapshots.ts';
import type { SnapshotRead } from '../state/snapshot-read-table.ts';
import type { Advance } from '../state/state.ts';
import type { Batch } from './batch.ts';
import type { Budget } from './fetch-planner.ts';
import { coveredRanges, LostRanges, recoveryNote } from './lost-ranges.ts';
import { memoryShare, SnapshotFeed } from './snapshot-feed.ts';
import type { SubscriptionParts } from './subscription-parts.ts';

/** From the first loss to the reading. */
const gatherMs = 200;

/**
 * Fills what retention took before the subscription had read it: the entries of the newest snapshot that lie there, for as many lost
 * ranges at once as are known. Each of their lanes waits until that is done. The ranges stand in the state since the transaction that
 * made their dead letters:
 *
 * | state | meaning | goes on by |
 * |---|---|---|
 * | ranges, no place | a snapshot is to be chosen | a LIST; ranges that it does not cover stay lost |
 * | ranges and a place | it is read, for the letters up to `recovers` | each commit; a bad one by choosing again |
 * | neither | nothing is to be filled | a loss |
 */
export class Recovery {
  readonly #parts: SubscriptionParts;
  readonly #changed: () => void;
  readonly #feed: SnapshotFeed;
  readonly #bad = new Set<string>();
  /** `laneKey`s of the lanes that wait. */
  #lanes = new Set<string>();
  #isRunning = false;
  #controller = new AbortController();

  constructor(parts: SubscriptionParts, changed: () => void) {
    this.#parts = parts;
    this.#changed = changed;
    this.#feed = new SnapshotFeed(parts, changed);
  }

  get isOpen(): boolean {
    return this.#lanes.size > 0;
  }

  /** How many lanes wait for it. */
  get lanes(): number {
    return this.#lanes.size;
  }

  /** Whether the lane waits for it. */
  holds(lane: string): boolean {
    return this.#lanes.has(lane);
  }

  /** What it leaves the lanes of the subscription's memory. */
  spared(budget: Budget): Budget {
    return this.isOpen ? { ...budget, bytes: budget.bytes * (1 - memoryShare) } : budget;
  }

  /** Begins (again) with what is saved. */
  load(): void {
    this.reset();
    this.lost(this.#parts.record.recoveries());
  }

  /** Ranges of these lanes are saved now. */
  lost(lanes: Iterable<LaneId>): void {
    for (const lane of lanes) this.#lanes.add(laneKey(lane));
    if (!this.isOpen || this.#isRunning) return;
    this.#isRunning = true;
    void this.#run(this.#controller.signal);
  }

  /** The next entries, when all before are committed. */
  take(limit: number): Batch | undefined {
    return this.#feed.take(limit);
  }

  /** Something of a slice is durable. */
  committed(snapshot: Advance['snapshot']): void {
    this.#feed.committed(snapshot);
  }

  /** Forgets what is under way. */
  reset(): void {
    this.#controller.abort();
    this.#controller = new AbortController();
    this.#feed.reset();
    this.#isRunning = false;
    this.#lanes = new Set();
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock, retry, random } = this.#parts;
    // Where one lane lost something others mostly did, too: one reading is for all that come until then.
    await clock.sleep(gatherMs, signal).catch(() => {});
    for (let failures = 0; !signal.aborted && this.isOpen; ) {
      try {
        await this.#recover(signal);
        failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        if (isBadSnapshot(error)) this.#spoil(error);
        await clock.sleep(backoffMs(failures, retry, random), signal).catch(() => {});
        failures += 1;
      }
    }
    if (signal.aborted) return;
    this.#isRunning = false;
  }

  async #recover(signal: AbortSignal): Promise<void> {
    const source = this.#source(signal);
    const saved = this.#parts.record.snapshotPlace();
    const found =
      saved === undefined
        ? await newestSnapshot(source, this.#bad)
        : await findSnapshot(saved.snapshot, source);
    if (signal.aborted) return;
    const place = saved ?? this.#begin(found);
    if (place === undefined || found === undefined) return;
    const ranges = new LostRanges(this.#served(place));
    const wants = (entry: LaneId & { readonly sequence: number }) => ranges.has(entry);
    await this.#feed.read(found, { from: place, wants, tally: ranges.tally, signal });
    if (!signal.aborted) this.#end(place);
  }

  /** What the snapshot does not cover stays lost; for the rest it is read. */
  #begin(found: FoundSnapshot | undefined): SnapshotRead | undefined {
    const { record } = this.#parts;
    const ranges = record.recoveries();
    const covered = found === undefined ? [] : coveredRanges(ranges, found.manifest.vector);
    const isCovered = new Set(covered);
    record.endRecovery(ranges.filter((range) => !isCovered.has(range)));
    const last = covered.at(-1);
    if (found !== undefined && last !== undefined)
      record.beginRecovery(snapshotName(found.snapshot), last.letter);
    this.#released();
    return record.snapshotPlace();
  }

  #served({ recovers = 0 }: SnapshotRead) {
    return this.#parts.record.recoveries().filter(({ letter }) => letter <= recovers);
  }

  #end(place: SnapshotRead): void {
    const { record, events } = this.#parts;
    const { snapshot } = place;
    const ranges = this.#served(place);
    record.endRecovery(
      ranges.map(({ letter, updates }) => ({ letter, note: recoveryNote(updates, snapshot) })),
    );
    for (const { letter: _, ...range } of ranges)
      events.emit('recovered', { subscription: record.name, ...range, snapshot });
    this.#released();
  }

  #released(): void {
    this.#lanes = new Set(this.#parts.record.recoveries().map(laneKey));
    this.#changed();
  }

  /** It is gone or bad: another is chosen, and read from its beginning. */
  #spoil(error: unknown): void {
    const { record, events } = this.#parts;
    const snapshot = record.snapshotPlace()?.snapshot;
    if (snapshot === undefined) return;
    this.#bad.add(snapshot);
    events.emit('snapshot-bad', { snapshot, error });
    record.endRecovery([]);
  }

  #source(signal: AbortSignal): SnapshotReading {
    const { snapshots, events } = this.#parts;
    return { ...snapshots, events, signal };
  }
}
