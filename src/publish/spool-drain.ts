import { backoffMs } from '../base/backoff.ts';
import type { Clock } from '../base/clock.ts';
import { Fifo } from '../base/fifo.ts';
import type { Random } from '../base/random.ts';
import type { Settings } from '../config/settings.ts';
import { recordId } from '../log/record.ts';
import type { Spooled, SpoolTable } from '../state/spool-table.ts';
import { memoryCost } from './memory-cost.ts';
import type { Published } from './published.ts';
import type { Publisher } from './publisher.ts';
import { isDiskTrouble } from './spool-full.ts';
import type { EncodedUpdate } from './update-encoder.ts';

/** A page of the table, in memory. */
const pageBytes = 1024 * 1024;
/** In one commit. */
const mostDeletedAtOnce = 1000;
/** Beyond every row. */
const none = Number.POSITIVE_INFINITY;

export interface SpoolDrainParts {
  readonly table: Pick<SpoolTable, 'page' | 'remove' | 'lastRow' | 'makeRoom'>;
  /** Memory for records: handed to the publisher, or about to be. */
  readonly maxBytes: number;
  readonly retry: Settings['retry'];
  readonly clock: Clock;
  readonly random: Random;
}

export interface SpoolDrainEvents {
  /** Whether somebody waits until this record can be found by every poll. */
  wantsVisible(row: number): boolean;
  /** The record as it goes out. */
  dated(record: Uint8Array): Uint8Array;
  published(row: number, published: Published): void;
  /** A record was answered for. */
  progressed(): void;
  /** Some of what is in the bucket is gone from the disk. */
  deleted(): void;
  /** The store refuses, or the disk. */
  trouble(part: 'bucket' | 'deletion', error: unknown): void;
}

/**
 * Takes the records of the spool to the publisher, in order:
 *
 * | a record is | leaves it when |
 * |---|---|
 * | on the disk only | there is room in memory: the table is read in pages |
 * | in line | the publisher has room |
 * | handed over | it is durable in the bucket; or it came back: then nothing more is handed over until all is answered, and after a while the table is read again from there |
 * | done | it is deleted from the table; while that fails, nothing more is handed over |
 */
export class SpoolDrain {
  readonly #parts: SpoolDrainParts;
  readonly #events: SpoolDrainEvents;
  readonly #ended = new AbortController();
  #publisher: Pick<Publisher, 'put'> | undefined;
  /** Last row that was read into memory, or went past it into the line. */
  #readTo = 0;
  /** The table holds rows after `#readTo`. */
  #behind: boolean;
  readonly #line = new Fifo<Spooled>();
  #bytes = 0;
  readonly #handed = new Set<number>();
  readonly #done = new Map<number, Published>();
  #cancelDelete: (() => void) | undefined;
  #deleteFailures = 0;
  #deleteAtOnce = mostDeletedAtOnce;
  /** The first row that came back. */
  #cameBack = none;
  #failures = 0;
  #cancelSleep: (() => void) | undefined;

  constructor(parts: SpoolDrainParts, events: SpoolDrainEvents) {
    this.#parts = parts;
    this.#events = events;
    this.#behind = parts.table.lastRow() > 0;
  }

  begin(publisher: Pick<Publisher, 'put'>): void {
    this.#publisher ??= publisher;
    this.#pump();
  }

  /** Just committed, in order: what there is room for need not be read again. */
  add(records: readonly Spooled[]): void {
    for (const record of records) {
      if (this.#behind || this.#bytes >= this.#parts.maxBytes) this.#behind = true;
      else this.#queue(record);
    }
    this.#pump();
  }

  /** Whether records are under way to the bucket just now. */
  get active(): boolean {
    return this.#handed.size > 0 && this.#cameBack === none;
  }

  isHandedOver(row: number): boolean {
    return this.#handed.has(row);
  }

  /** Where a record is in the bucket that is not yet deleted here. */
  placeOf(row: number): Published | undefined {
    return this.#done.get(row);
  }

  /** The first row that is not yet in the bucket. */
  get firstOpen(): number {
    const [handed = none] = this.#handed;
    const inLine = this.#line.peek()?.row ?? none;
    const unread = this.#behind ? this.#readTo + 1 : none;
    return Math.min(this.#cameBack, handed, inLine, unread);
  }

  /** Hands nothing more over; what is handed over is still answered for, and then deleted. */
  end(): void {
    this.#ended.abort();
    this.#cancelSleep?.();
    this.deleteDone();
  }

  /** Deletes what is in the bucket, rather than in a moment. Returns whether nothing is left to delete. */
  deleteDone(): boolean {
    const { table, retry, random, clock } = this.#parts;
    this.#cancelDelete?.();
    this.#cancelDelete = undefined;
    if (this.#done.size === 0) return true;
    try {
      while (this.#done.size > 0) this.#deleteSome(table);
    } catch (error) {
      // They are in the bucket and still on the disk: that they go out again after a crash is all that can come of it.
      if (this.#ended.signal.aborted) return false;
      this.#events.trouble('deletion', error);
      this.#cancelDelete = clock.after(backoffMs(this.#deleteFailures++, retry, random), () =>
        this.#delete(),
      );
      return false;
    }
    this.#deleteFailures = 0;
    return true;
  }

  /** Deleting costs room as well, so a full disk may take few where it does not take many. */
  #deleteSome(table: SpoolDrainParts['table']): void {
    const rows = [...this.#done.keys()].slice(0, this.#deleteAtOnce);
    try {
      table.remove(rows);
    } catch (error) {
      if (rows.length === 1 || !isDiskTrouble(error)) throw error;
      table.makeRoom();
      this.#deleteAtOnce = Math.ceil(rows.length / 4);
      return;
    }
    for (const row of rows) this.#done.delete(row);
    this.#events.deleted();
    this.#deleteAtOnce = Math.min(this.#deleteAtOnce * 2, mostDeletedAtOnce);
  }

  #queue(record: Spooled): void {
    this.#line.push(record);
    this.#bytes += memoryCost(record.record);
    this.#readTo = record.row;
  }

  #pump(): void {
    if (this.#publisher === undefined || this.#ended.signal.aborted || this.#waits) return;
    this.#handLine(this.#publisher);
    if (this.#waits || !this.#behind || this.#bytes >= this.#parts.maxBytes) return;
    if (!this.#read()) return;
    this.#handLine(this.#publisher);
    // A page a turn, so that a long backlog keeps nobody waiting.
    if (this.#behind) this.#sleep(0);
  }

  /** Something has to happen before more is handed over. */
  get #waits(): boolean {
    return this.#cancelSleep !== undefined || this.#cameBack < none || this.#deleteFailures > 0;
  }

  #handLine(publisher: Pick<Publisher, 'put'>): void {
    // One that comes back at once must not be overtaken by what follows it.
    while (!this.#waits) {
      const next = this.#line.shift();
      if (next === undefined) return;
      this.#hand(next, publisher);
    }
  }

  /** Whether it could be read. */
  #read(): boolean {
    const { table, maxBytes } = this.#parts;
    let page: readonly Spooled[];
    try {
      page = table.page(this.#readTo, Math.min(maxBytes - this.#bytes, pageBytes), memoryCost);
    } catch (error) {
      this.#events.trouble('bucket', error);
      this.#backOff();
      return false;
    }
    for (const record of page) this.#queue(record);
    if (page.length === 0) this.#behind = false;
    return true;
  }

  #hand({ row, record }: Spooled, publisher: Pick<Publisher, 'put'>): void {
    this.#handed.add(row);
    const cost = memoryCost(record);
    const visible = this.#events.wantsVisible(row);
    const dated = this.#events.dated(record);
    const update: EncodedUpdate = { id: recordId(record), record: dated };
    const refused = (error: unknown) => this.#events.trouble('bucket', error);
    const returned = () => {
      this.#cameBack = Math.min(this.#cameBack, row);
    };
    publisher.put(update, { visible, refused, returned }).then(
      (published) => this.#published(row, cost, published),
      (error: unknown) => this.#returned(row, cost, error),
    );
  }

  #published(row: number, bytes: number, published: Published): void {
    this.#leave(row, bytes);
    this.#done.set(row, published);
    this.#failures = 0;
    this.#cancelDelete ??= this.#parts.clock.after(0, () => this.#delete());
    this.#events.published(row, published);
    this.#goOn();
  }

  #returned(row: number, bytes: number, error: unknown): void {
    this.#leave(row, bytes);
    this.#cameBack = Math.min(this.#cameBack, row);
    if (!this.#ended.signal.aborted) this.#events.trouble('bucket', error);
    this.#goOn();
  }

  #leave(row: number, bytes: number): void {
    this.#handed.delete(row);
    this.#bytes -= bytes;
  }

  #goOn(): void {
    if (this.#cameBack < none && this.#handed.size === 0) this.#rewind();
    this.#pump();
    this.#events.progressed();
  }

  /** Everything is answered for, so what the table still holds from there on is what has to go out again. */
  #rewind(): void {
    if (this.#ended.signal.aborted || !this.deleteDone()) return;
    for (let left = this.#line.shift(); left; left = this.#line.shift())
      this.#bytes -= memoryCost(left.record);
    this.#readTo = this.#cameBack - 1;
    this.#behind = true;
    this.#cameBack = none;
    this.#backOff();
  }

  #backOff(): void {
    const { retry, random } = this.#parts;
    this.#sleep(backoffMs(this.#failures++, retry, random));
  }

  #sleep(ms: number): void {
    this.#cancelSleep?.();
    this.#cancelSleep = this.#parts.clock.after(ms, () => {
      this.#cancelSleep = undefined;
      this.#pump();
    });
  }

  #delete(): void {
    if (this.deleteDone()) this.#goOn();
  }
}
