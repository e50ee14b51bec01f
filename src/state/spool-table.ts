import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { isBucketcastError } from '../base/errors.ts';
import { stateError } from './sqlite-error.ts';
import type { StateDatabase } from './state-database.ts';

/** A record to be kept. `given`: its id was chosen by a caller who may repeat himself, so it is looked for first. */
export interface NewSpooled {
  /** 32 hex digits. */
  readonly id: string;
  readonly record: Uint8Array;
  readonly given: boolean;
}

/** A record that is kept. Rows rise in the order of acceptance, and are never used again. */
export interface Spooled {
  readonly row: number;
  readonly record: Uint8Array;
}

export interface SpoolTotals {
  readonly updates: number;
  /** Of the records alone. */
  readonly bytes: number;
}

/** `added`: false where the given id was there already, in that row. */
export interface SpoolPlace {
  readonly row: number;
  readonly added: boolean;
}

/**
 * Records on their way to the bucket, in the order of acceptance. Every method commits all it was given or nothing; the
 * totals are part of each commit, so that nobody ever counts rows. Records are small or large, and never changed.
 */
export class SpoolTable {
  readonly #database: StateDatabase;

  constructor(database: StateDatabase) {
    this.#database = database;
  }

  append(records: readonly NewSpooled[], acceptedAt: number): readonly SpoolPlace[] {
    return this.#database.transaction(() => {
      const places = records.map((record) => this.#add(record, acceptedAt));
      const added = records.filter((_, index) => places[index]?.added);
      this.#count(
        added.length,
        added.reduce((sum, { record }) => sum + record.length, 0),
      );
      return places;
    });
  }

  remove(rows: readonly number[]): void {
    this.#database.transaction(() => {
      let updates = 0;
      let bytes = 0;
      for (const row of rows) {
        const gone = this.#database.get('DELETE FROM spool WHERE id = ? RETURNING length(record) AS n', row);
        if (gone === undefined) continue;
        updates += 1;
        bytes += gone['n'] as number;
      }
      this.#count(-updates, -bytes);
    });
  }

  /** What comes after a row, in order, as far as `maxBytes` of memory reach; at least one record if there is any. */
  page(after: number, maxBytes: number, costOf: (record: Uint8Array) => number): readonly Spooled[] {
    const page: Spooled[] = [];
    let bytes = 0;
    let last = after;
    // One by one, for a record may be as large as a page of them is meant to be.
    while (bytes < maxBytes) {
      const row = this.#database.get('SELECT id, record FROM spool WHERE id > ? ORDER BY id LIMIT 1', last);
      if (row === undefined) break;
      const record = row['record'] as Uint8Array;
      last = row['id'] as number;
      bytes += costOf(record);
      page.push({ row: last, record });
    }
    return page;
  }

  rowOf(givenId: string): number | undefined {
    return this.#database.get('SELECT id FROM spool WHERE given_id = ?', givenId)?.['id'] as
      | number
      | undefined;
  }

  totals(): SpoolTotals {
    const row = this.#database.get('SELECT updates, bytes FROM spool_totals');
    return { updates: row?.['updates'] as number, bytes: row?.['bytes'] as number };
  }

  /** Bytes that the database can still take: what the disk has free for this user, and what its own file has. */
  room(): number {
    const { path } = this.#database;
    if (path === ':memory:') return Number.POSITIVE_INFINITY;
    try {
      const { bavail, bsize } = statfsSync(dirname(path));
      const unused = Number(this.#database.pragma('freelist_count'));
      return bavail * bsize + unused * Number(this.#database.pragma('page_size'));
    } catch (error) {
      throw stateError(error, path);
    }
  }

  /**
   * Moves what was committed from SQLite's log into the database, where the disk allows it: the log then has room again
   * for a deletion on a disk that is full by now.
   */
  makeRoom(): void {
    try {
      this.#database.pragma('wal_checkpoint(RESTART)');
    } catch (error) {
      if (!isBucketcastError(error, 'state-unusable')) throw error;
    }
  }

  /** The last row in use; 0 when there is none. */
  lastRow(): number {
    return (this.#database.get('SELECT id FROM spool ORDER BY id DESC LIMIT 1')?.['id'] as number) ?? 0;
  }

  /** Wall clock, ms, at which the oldest record was accepted. */
  oldestAt(): number | undefined {
    return this.#database.get('SELECT accepted_at FROM spool ORDER BY id LIMIT 1')?.['accepted_at'] as
      | number
      | undefined;
  }

  #add({ id, record, given }: NewSpooled, acceptedAt: number): SpoolPlace {
    const { changes, id: row } = this.#database.run(
      'INSERT INTO spool (record, given_id, accepted_at) VALUES (?, ?, ?) ON CONFLICT (given_id) WHERE given_id IS NOT NULL DO NOTHING',
      record,
      given ? id : null,
      acceptedAt,
    );
    if (changes > 0) return { row, added: true };
    return { row: this.rowOf(id) as number, added: false };
  }

  #count(updates: number, bytes: number): void {
    this.#database.run('UPDATE spool_totals SET updates = updates + ?, bytes = bytes + ?', updates, bytes);
  }
}
