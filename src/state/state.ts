import type { DeadLetterReason } from '../base/events.ts';
import type { LaneId } from '../log/keys.ts';
import type { Answers } from './answers.ts';
import type { BeatTable } from './beat-table.ts';
import type { FileTable } from './file-table.ts';
import type { NewestRow, NewestTable } from './newest-table.ts';
import type { ObjectTable } from './object-table.ts';
import type { LostRange } from './recovery-table.ts';
import type { SnapshotPlace, SnapshotRead } from './snapshot-read-table.ts';
import type { SpoolTable } from './spool-table.ts';

/**
 * What a server remembers, in one SQLite database of its state directory. Every method is synchronous and
 * durable (fsync'd) when it returns; a method that takes several things commits all of them or none.
 */
export interface State {
  /** 16 hex digits, made once with the directory: what tells two machines with one name apart. */
  readonly hostId: string;
  /** The directory, or `memory`. */
  readonly description: string;
  readonly answers: Answers;
  /** Updates that are not yet in the bucket. */
  readonly spool: SpoolTable;
  /** What is known of files that are watched, or written by a sink. */
  readonly files: FileTable;
  /** What subscriptions of the objects layout have seen, and have yet to read. */
  readonly objects: ObjectTable;
  /** What was heard of the heartbeats of the fleet. */
  readonly beats: BeatTable;
  /** The newest update of each URL, where `index.enabled`. */
  readonly newest: NewestTable;

  fleetId(): string | undefined;
  rememberFleet(fleetId: string): void;

  /** Before the writer's first PUT. */
  recordWriter(writer: string, lanes: number): void;
  /** Writers of this directory that are not yet parked and not `current`, oldest first: predecessors to roll forward. */
  unparkedWriters(current?: string): readonly WriterRecord[];
  markParked(writer: string): void;
  /** Whether the writer was ever recorded in this directory: its updates are our own. */
  isOwnWriter(writer: string): boolean;

  subscriptions(): readonly SubscriptionRecord[];
  subscription(name: string): SubscriptionRecord | undefined;
  /**
   * The subscription exists from here on, current at `currentAt`, and is to read `snapshot` before the log, if there is one. Throws
   * `state-unusable` when it already exists.
   */
  createSubscription(
    name: string,
    from: string,
    start: readonly LanePosition[],
    currentAt: number,
    snapshot?: string,
  ): void;
  /** What the subscription is to get of the snapshot that it reads; `undefined` when it reads the log alone. */
  snapshotPlace(name: string): SnapshotRead | undefined;
  /** It begins again, with another snapshot or with none: these are all of its positions, even where they go back. */
  beginAgain(name: string, start: readonly LanePosition[], snapshot?: string): void;
  /** Ranges that were lost (`NewDeadLetter.recover`) and not yet looked for in a snapshot, in the order of their letters. */
  recoveries(name: string): readonly LostRange[];
  /** The snapshot is read for the ranges whose letters are at most `recovers`; what was delivered of them counts anew. */
  beginRecovery(name: string, snapshot: string, recovers: number): void;
  /** No snapshot is read for its losses any more, and these ranges need none; their letters say so, with a note in their messages. */
  endRecovery(name: string, ended: readonly EndedRecovery[]): void;
  /**
   * The same for one of the objects layout, whose start set `reader` holds (see `ObjectTable.begin`). Throws
   * `state-unusable` when it already exists.
   */
  createObjectSubscription(name: string, from: string, reader: number, currentAt: number): void;
  dropSubscription(name: string): void;
  /** Positions saved, start vector included. */
  positions(name: string): readonly LanePosition[];
  /** Batches whose lanes this subscription has delivered completely. */
  seenBatches(name: string): readonly string[];
  /**
   * One transaction: positions move, dead letters are kept (and come back with their ids), delivered replays go.
   * A position never moves back; an older one is ignored. Throws `state-unusable` without such a subscription.
   */
  advance(name: string, change: Advance): readonly DeadLetter[];
  /** Throws `state-unusable` without such a subscription. */
  rememberCurrent(name: string, storeTime: number): void;
  /** These need no longer be known as seen, since the fleet has merged them into others. */
  forgetBatches(name: string, batches: readonly string[]): void;
  /** Positions of all subscriptions forgotten for lanes that the fleet has forgotten. */
  forgetLanes(lanes: readonly LaneId[]): void;

  /** Oldest first. */
  deadLetters(filter?: DeadLetterFilter): readonly DeadLetter[];
  /** How many there are and since when; cheap enough for every scrape. */
  deadLetterSummary(): DeadLetterSummary;
  deadLetter(id: number): DeadLetter | undefined;
  /** Marks for delivery by the subscription; returns how many were marked. */
  requestReplay(ids: readonly number[]): number;
  dropDeadLetters(ids: readonly number[]): number;

  close(): void;
}

export interface WriterRecord {
  readonly writer: string;
  readonly lanes: number;
  readonly createdAt: number;
}

/** What a subscription reads; one that reads both is remembered as two. */
export type RememberedLayout = 'log' | 'objects';

export interface SubscriptionRecord {
  readonly name: string;
  readonly layout: RememberedLayout;
  readonly from: string;
  /** Wall clock, ms. */
  readonly createdAt: number;
  /**
   * Store time (ms) of a complete poll: what the bucket named then is behind its positions, or is named for as long as the
   * fleet remembers from then on. For noticing that it was away too long.
   */
  readonly currentAt: number;
}

/** The next update to deliver: `index` within segment `sequence`. */
export interface LanePosition extends LaneId {
  readonly sequence: number;
  readonly index: number;
}

export interface Advance {
  readonly positions?: readonly LanePosition[];
  readonly deadLetters?: readonly NewDeadLetter[];
  readonly seenBatches?: readonly string[];
  /** Rows of pending objects that are dealt with. */
  readonly objects?: readonly number[];
  /** Dead letters delivered by a replay, to be deleted. */
  readonly replayed?: readonly number[];
  /** How far the snapshot is read: at most one; `read` for all of one that the subscription begins with. */
  readonly snapshot?: readonly (SnapshotPlace | 'read')[];
  /** Updates delivered of lost ranges. */
  readonly recovered?: readonly Recovered[];
  /** What the index is to know from now on. */
  readonly newest?: readonly NewestRow[];
}

/** So many updates of a lost range, which has this letter. */
export interface Recovered {
  readonly letter: number;
  readonly updates: number;
}

export interface EndedRecovery {
  readonly letter: number;
  readonly note?: string | undefined;
}

export interface DeadLetterSummary {
  readonly count: number;
  readonly byReason: { readonly [Reason in DeadLetterReason]?: number };
  readonly bySubscription: Readonly<Record<string, number>>;
  /** Wall clock, ms; absent without any. */
  readonly oldestAt?: number;
}

export interface DeadLetterFilter {
  readonly subscription?: string;
  /** Only those that are, or are not, marked for replay. */
  readonly replay?: boolean;
  /** Leave out `bytes`, which can be many megabytes each. */
  readonly withoutBytes?: boolean;
  /** Only ids above this one, for reading in pages. */
  readonly after?: number;
  readonly limit?: number;
}

export interface NewDeadLetter extends LaneId {
  readonly subscription: string;
  readonly reason: DeadLetterReason;
  readonly message: string;
  /** First sequence number concerned, and one past the last. */
  readonly sequence: number;
  readonly endSequence: number;
  /** Place in the segment, for `poison`. */
  readonly index?: number;
  readonly key: string;
  readonly url?: string;
  readonly updateId?: string;
  /** `poison`: the encoded record. `corrupt`: the object as stored, possibly cut. */
  readonly bytes?: Uint8Array;
  /** Marked for replay from the beginning: what a replay has not come to yet. */
  readonly replay?: boolean;
  /** What it tells of is to be looked for in a snapshot; remembered in the transaction that keeps the letter. */
  readonly recover?: boolean;
}

export interface DeadLetter extends NewDeadLetter {
  readonly id: number;
  /** Wall clock, ms. */
  readonly createdAt: number;
  readonly replay: boolean;
}
