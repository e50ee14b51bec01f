import type { Clock } from '../base/clock.ts';
import type { LaneId } from '../log/keys.ts';
import { AnswerTable } from './answer-table.ts';
import type { Answers } from './answers.ts';
import { BeatTable } from './beat-table.ts';
import { DeadLetterTable } from './dead-letter-table.ts';
import { FactTable } from './fact-table.ts';
import { type FileTable, SqliteFileTable } from './file-table.ts';
import { type NewestTable, SqliteNewestTable } from './newest-table.ts';
import { ObjectTable } from './object-table.ts';
import { type LostRange, RecoveryTable } from './recovery-table.ts';
import { type SnapshotPlace, type SnapshotRead, SnapshotReadTable } from './snapshot-read-table.ts';
import { SpoolTable } from './spool-table.ts';
import type {
  Advance,
  DeadLetter,
  DeadLetterFilter,
  DeadLetterSummary,
  EndedRecovery,
  LanePosition,
  NewDeadLetter,
  State,
  SubscriptionRecord,
  WriterRecord,
} from './state.ts';
import type { StateDatabase } from './state-database.ts';
import { SubscriptionTable } from './subscription-table.ts';
import { WriterTable } from './writer-table.ts';

export interface SqliteStateParts {
  readonly database: StateDatabase;
  readonly clock: Pick<Clock, 'now'>;
  readonly hostId: string;
  readonly description: string;
  /** Lets go of whatever else belongs to the state: the node's lock. */
  readonly onClose?: () => void;
}

/** The contract over one open database; `open-state.ts` prepares it. */
export class SqliteState implements State {
  readonly hostId: string;
  readonly description: string;
  readonly answers: Answers;
  readonly spool: SpoolTable;
  readonly files: FileTable;
  readonly objects: ObjectTable;
  readonly newest: NewestTable;
  readonly beats: BeatTable;
  readonly #database: StateDatabase;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #onClose: () => void;
  readonly #facts: FactTable;
  readonly #writers: WriterTable;
  readonly #subscriptions: SubscriptionTable;
  readonly #deadLetters: DeadLetterTable;
  readonly #snapshots: SnapshotReadTable;
  readonly #recoveries: RecoveryTable;

  constructor({ database, clock, hostId, description, onClose = () => {} }: SqliteStateParts) {
    this.hostId = hostId;
    this.description = description;
    this.answers = new AnswerTable({ hostId, database, clock });
    this.spool = new SpoolTable(database);
    this.files = new SqliteFileTable(database);
    this.objects = new ObjectTable(database);
    this.newest = new SqliteNewestTable(database);
    this.beats = new BeatTable(database);
    this.#database = database;
    this.#clock = clock;
    this.#onClose = onClose;
    this.#facts = new FactTable(database);
    this.#writers = new WriterTable(database);
    this.#subscriptions = new SubscriptionTable(database);
    this.#deadLetters = new DeadLetterTable(database);
    this.#snapshots = new SnapshotReadTable(database);
    this.#recoveries = new RecoveryTable(database);
  }

  fleetId(): string | undefined {
    return this.#facts.get('fleet-id');
  }

  rememberFleet(fleetId: string): void {
    this.#facts.set('fleet-id', fleetId);
  }

  recordWriter(writer: string, lanes: number): void {
    this.#writers.record(writer, lanes, this.#now());
  }

  unparkedWriters(current?: string): readonly WriterRecord[] {
    return this.#writers.unparked(current);
  }

  markParked(writer: string): void {
    this.#writers.markParked(writer);
  }

  isOwnWriter(writer: string): boolean {
    return this.#writers.has(writer);
  }

  subscriptions(): readonly SubscriptionRecord[] {
    return this.#subscriptions.list();
  }

  subscription(name: string): SubscriptionRecord | undefined {
    return this.#subscriptions.find(name);
  }

  createSubscription(
    name: string,
    from: string,
    start: readonly LanePosition[],
    currentAt: number,
    snapshot?: string,
  ): void {
    this.#database.transaction(() => {
      const id = this.#subscriptions.create({
        name,
        layout: 'log',
        from,
        createdAt: this.#now(),
        currentAt,
      });
      for (const position of start) this.#subscriptions.move(id, position);
      if (snapshot !== undefined) this.#snapshots.begin(id, snapshot);
    });
  }

  snapshotPlace(name: string): SnapshotRead | undefined {
    return this.#snapshots.find(name);
  }

  beginAgain(name: string, start: readonly LanePosition[], snapshot?: string): void {
    this.#database.transaction(() => {
      const id = this.#subscriptions.id(name);
      this.#subscriptions.forgetPositions(id);
      for (const position of start) this.#subscriptions.move(id, position);
      if (snapshot === undefined) this.#snapshots.end(id);
      else this.#snapshots.begin(id, snapshot);
    });
  }

  recoveries(name: string): readonly LostRange[] {
    return this.#recoveries.list(name);
  }

  beginRecovery(name: string, snapshot: string, recovers: number): void {
    this.#database.transaction(() => {
      const id = this.#subscriptions.id(name);
      this.#snapshots.begin(id, snapshot, recovers);
      this.#recoveries.countAnew(id);
    });
  }

  endRecovery(name: string, ended: readonly EndedRecovery[]): void {
    this.#database.transaction(() => {
      this.#snapshots.end(this.#subscriptions.id(name));
      for (const { letter, note } of ended) {
        this.#recoveries.end(letter);
        if (note !== undefined) this.#deadLetters.note(letter, note);
      }
    });
  }

  createObjectSubscription(name: string, from: string, reader: number, currentAt: number): void {
    this.#database.transaction(() => {
      const record = { name, layout: 'objects', from, createdAt: this.#now(), currentAt } as const;
      this.objects.give(reader, this.#subscriptions.create(record));
    });
  }

  dropSubscription(name: string): void {
    this.#subscriptions.drop(name);
  }

  positions(name: string): readonly LanePosition[] {
    return this.#subscriptions.positions(name);
  }

  seenBatches(name: string): readonly string[] {
    return this.#subscriptions.seenBatches(name);
  }

  advance(name: string, change: Advance): readonly DeadLetter[] {
    return this.#database.transaction(() => {
      const id = this.#subscriptions.id(name);
      const now = this.#now();
      for (const position of change.positions ?? []) this.#subscriptions.move(id, position);
      for (const batch of change.seenBatches ?? []) this.#subscriptions.see(id, batch);
      this.objects.acknowledge(id, change.objects ?? []);
      this.newest.apply(change.newest ?? []);
      for (const place of change.snapshot ?? []) this.#read(id, place);
      for (const letter of change.replayed ?? []) this.#deadLetters.drop(letter);
      for (const { letter, updates } of change.recovered ?? []) this.#recoveries.count(letter, updates);
      return (change.deadLetters ?? []).map((letter) => this.#keep(id, letter, now));
    });
  }

  rememberCurrent(name: string, storeTime: number): void {
    this.#subscriptions.setCurrent(name, storeTime);
  }

  forgetBatches(name: string, batches: readonly string[]): void {
    this.#database.transaction(() => {
      const id = this.#subscriptions.id(name);
      for (const batch of batches) this.#subscriptions.forgetBatch(id, batch);
    });
  }

  forgetLanes(lanes: readonly LaneId[]): void {
    this.#database.transaction(() => {
      for (const lane of lanes) this.#subscriptions.forgetLane(lane);
    });
  }

  deadLetters(filter: DeadLetterFilter = {}): readonly DeadLetter[] {
    return this.#deadLetters.list(filter);
  }

  deadLetterSummary(): DeadLetterSummary {
    return this.#deadLetters.summary();
  }

  deadLetter(id: number): DeadLetter | undefined {
    return this.#deadLetters.find(id);
  }

  requestReplay(ids: readonly number[]): number {
    return this.#database.transaction(() => ids.filter((id) => this.#deadLetters.markForReplay(id)).length);
  }

  dropDeadLetters(ids: readonly number[]): number {
    return this.#database.transaction(() => ids.filter((id) => this.#deadLetters.drop(id)).length);
  }

  close(): void {
    if (this.#database.close()) this.#onClose();
  }

  #keep(subscription: number, letter: NewDeadLetter, now: number): DeadLetter {
    const kept = this.#deadLetters.add(letter, now);
    const { id, recover, writer, lane, sequence: from, endSequence: to } = kept;
    if (recover) this.#recoveries.add(subscription, { letter: id, writer, lane, from, to });
    return kept;
  }

  #read(subscription: number, place: SnapshotPlace | 'read'): void {
    if (place === 'read') this.#snapshots.end(subscription);
    else this.#snapshots.move(subscription, place);
  }

  #now(): number {
    return Math.trunc(this.#clock.now());
  }
}
