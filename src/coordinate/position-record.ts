import { laneKey } from '../log/keys.ts';
import type { LostRange } from '../state/recovery-table.ts';
import type { SnapshotRead } from '../state/snapshot-read-table.ts';
import type { Advance, DeadLetter, EndedRecovery, LanePosition, State } from '../state/state.ts';
import { PassingRecoveries } from './passing-recoveries.ts';

/** Where a subscription keeps what must outlive its actors: the state directory, or this process. */
export interface PositionRecord {
  /** What its events and dead letters are named by. */
  readonly name: string;
  positions(): readonly LanePosition[];
  seenBatches(): readonly string[];
  forgetBatches(batches: readonly string[]): void;
  /** All of the change or none of it; returns the dead letters with their ids. */
  advance(change: Advance): readonly DeadLetter[];
  /** @see CurrentMark */
  currentAt(): number;
  rememberCurrent(storeTime: number): void;
  /** @see State.snapshotPlace */
  snapshotPlace(): SnapshotRead | undefined;
  /** @see State.beginAgain */
  beginAgain(start: readonly LanePosition[], snapshot?: string): void;
  /** @see State.recoveries */
  recoveries(): readonly LostRange[];
  /** @see State.beginRecovery */
  beginRecovery(snapshot: string, recovers: number): void;
  /** @see State.endRecovery */
  endRecovery(ended: readonly EndedRecovery[]): void;
  /** Ids of dead letters that somebody asked to be delivered again. */
  replays(): readonly number[];
  letter(id: number): DeadLetter | undefined;
}

/** Marked letters looked at with one poll. */
const replaysAtOnce = 100;

export function savedRecord(state: State, name: string): PositionRecord {
  return {
    name,
    positions: () => state.positions(name),
    seenBatches: () => state.seenBatches(name),
    forgetBatches: (batches) => state.forgetBatches(name, batches),
    advance: (change) => state.advance(name, change),
    currentAt: () => state.subscription(name)?.currentAt ?? 0,
    rememberCurrent: (storeTime) => state.rememberCurrent(name, storeTime),
    snapshotPlace: () => state.snapshotPlace(name),
    beginAgain: (start, snapshot) => state.beginAgain(name, start, snapshot),
    recoveries: () => state.recoveries(name),
    beginRecovery: (snapshot, recovers) => state.beginRecovery(name, snapshot, recovers),
    endRecovery: (ended) => state.endRecovery(name, ended),
    replays: () =>
      state
        .deadLetters({ subscription: name, replay: true, withoutBytes: true, limit: replaysAtOnce })
        .map(({ id }) => id),
    letter: (id) => state.deadLetter(id),
  };
}

/** Nothing outlives the process. Its dead letters are told, with the id 0, and not kept. */
export function passingRecord(
  name: string,
  start: readonly LanePosition[],
  currentAt: number,
  snapshot?: string,
): PositionRecord {
  let current = currentAt;
  let reading = snapshot === undefined ? undefined : beginning(snapshot);
  const lost = new PassingRecoveries();
  const positions = new Map(start.map((position) => [laneKey(position), position]));
  return {
    name,
    positions: () => [...positions.values()],
    seenBatches: () => [],
    forgetBatches: () => {},
    advance: (change) => {
      for (const position of change.positions ?? []) positions.set(laneKey(position), position);
      for (const place of change.snapshot ?? []) reading = place === 'read' ? undefined : place;
      lost.count(change.recovered ?? []);
      return (change.deadLetters ?? []).map((letter) => {
        if (letter.recover) lost.add(letter);
        return { ...letter, id: 0, createdAt: 0, replay: false };
      });
    },
    currentAt: () => current,
    rememberCurrent: (storeTime) => {
      current = storeTime;
    },
    snapshotPlace: () => reading,
    beginAgain: (again, other) => {
      positions.clear();
      for (const position of again) positions.set(laneKey(position), position);
      reading = other === undefined ? undefined : beginning(other);
    },
    recoveries: () => lost.ranges,
    beginRecovery: (other, recovers) => {
      reading = { ...beginning(other), recovers };
      lost.countAnew();
    },
    endRecovery: (ended) => {
      reading = undefined;
      lost.end(ended);
    },
    replays: () => [],
    letter: () => undefined,
  };
}

function beginning(snapshot: string): SnapshotRead {
  return { snapshot, part: 0, place: 0 };
}
