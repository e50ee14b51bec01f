import { type Standing, supersedes } from '../log/newest-rule.ts';
import { type ContentFacts, contentFacts, recordBody } from '../log/record-body.ts';
import { type NewestRow, newestColumns, newestKey, readNewest } from './newest-row.ts';
import type { Row, StateDatabase } from './state-database.ts';

export type { NewestRow } from './newest-row.ts';

export interface NewestTotals {
  /** URLs that have a row, deleted ones included. */
  readonly urls: number;
  /** Rows that `forgetOldest` took, ever. */
  readonly forgotten: number;
}

/** One page in the order of the keys, and where the next begins; without `next` it was the last. */
export interface NewestPage {
  readonly rows: readonly NewestRow[];
  readonly next?: Uint8Array;
}

/**
 * The newest update of each URL. Whatever is applied, in whatever order and however often, the same rows stand in the end; so a row
 * may be applied before the position of its lane has moved, and what many rows say may be applied in several transactions.
 */
export interface NewestTable {
  find(url: string): NewestRow | undefined;
  totals(): NewestTotals;
  /**
   * All of them or none, in a transaction of its own or in the caller's. Returns how many URLs have changed. Quickest when the
   * rows come in the order of `pages`.
   */
  apply(rows: readonly NewestRow[]): number;
  /**
   * For going over all rows while others are applied: a row that stands from the first page to the last is in exactly one page, as
   * it is when that page is read. Who reads positions before the first page gets rows that are at least as new as those say.
   */
  page(after: Uint8Array | undefined, limit: number): NewestPage;
  /** Forgets those with the lowest stamps, and counts them; returns how many they were. */
  forgetOldest(rows: number): number;
}

export class SqliteNewestTable implements NewestTable {
  readonly #database: StateDatabase;

  constructor(database: StateDatabase) {
    this.#database = database;
  }

  find(url: string): NewestRow | undefined {
    const row = this.#database.get(
      `SELECT ${newestColumns} FROM newest WHERE key = ? AND url = ?`,
      newestKey(url),
      url,
    );
    return row && readNewest(row);
  }

  totals(): NewestTotals {
    const row = this.#database.get('SELECT urls, forgotten FROM newest_totals') as Row;
    return { urls: row['urls'] as number, forgotten: row['forgotten'] as number };
  }

  apply(rows: readonly NewestRow[]): number {
    if (rows.length === 0) return 0;
    return this.#database.within(() => {
      let [added, changed] = [0, 0];
      // For this transaction only, which may yet be rolled back.
      const writers = new Map<string, number>();
      for (const row of rows) {
        const key = newestKey(row.url);
        const standing = this.#standing(key);
        if (standing !== undefined && !supersedes(row, standing)) continue;
        this.#put(key, row, this.#writer(row.writer, writers));
        changed += 1;
        if (standing === undefined) added += 1;
      }
      if (added > 0) this.#database.run('UPDATE newest_totals SET urls = urls + ?', added);
      return changed;
    });
  }

  page(after: Uint8Array | undefined, limit: number): NewestPage {
    const rows = this.#database.all(
      `SELECT key, ${newestColumns} FROM newest WHERE key > ? ORDER BY key LIMIT ?`,
      after ?? new Uint8Array(),
      limit,
    );
    const last = rows.at(-1)?.['key'] as Uint8Array | undefined;
    return { rows: rows.map(readNewest), ...(rows.length === limit && last && { next: last }) };
  }

  forgetOldest(rows: number): number {
    return this.#database.within(() => {
      const gone = this.#database.run(
        'DELETE FROM newest WHERE row IN (SELECT row FROM newest ORDER BY stamp LIMIT ?)',
        rows,
      ).changes;
      this.#database.run('UPDATE newest_totals SET urls = urls - ?1, forgotten = forgotten + ?1', gone);
      return gone;
    });
  }

  #standing(key: Uint8Array): Standing | undefined {
    const row = this.#database.get(
      `SELECT lower(hex(newest.id)) AS id, lower(hex(stamp)) AS stamp, w.writer, lane, sequence, place AS "index"
       FROM newest JOIN newest_writers w ON w.id = newest.writer WHERE key = ?`,
      key,
    );
    return row as Standing | undefined;
  }

  #put(key: Uint8Array, row: NewestRow, writer: number): void {
    const { record, kind, hlc, stamp } = row;
    const body = record && recordBody(record);
    this.#database.run(
      `INSERT INTO newest (key, stamp, hlc, writer, lane, sequence, place, id, kind, content_type, content_bytes, data_bytes,
         digest, url, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (key) DO UPDATE SET stamp = excluded.stamp, hlc = excluded.hlc, writer = excluded.writer, lane = excluded.lane,
         sequence = excluded.sequence, place = excluded.place, id = excluded.id, kind = excluded.kind,
         content_type = excluded.content_type, content_bytes = excluded.content_bytes, data_bytes = excluded.data_bytes,
         digest = excluded.digest, url = excluded.url, body = excluded.body`,
      key,
      Buffer.from(stamp, 'hex'),
      hlc === stamp ? null : Buffer.from(hlc, 'hex'),
      writer,
      row.lane,
      row.sequence,
      row.index,
      Buffer.from(row.id, 'hex'),
      kind === 'delete' ? 1 : 0,
      body?.contentType ?? 0,
      row.contentBytes,
      row.dataBytes,
      row.digest === undefined ? null : Buffer.from(row.digest, 'hex'),
      row.url,
      body?.bytes ?? null,
    );
  }

  /** Its number, from now on if it has none yet. */
  #writer(writer: string, known: Map<string, number>): number {
    const number = known.get(writer) ?? this.#recordWriter(writer);
    known.set(writer, number);
    return number;
  }

  #recordWriter(writer: string): number {
    const row = this.#database.get('SELECT id FROM newest_writers WHERE writer = ?', writer);
    if (row !== undefined) return row['id'] as number;
    return this.#database.run('INSERT INTO newest_writers (writer) VALUES (?)', writer).id;
  }
}

/** Of a row's content. */
export function rowContent({ digest, contentBytes, record }: NewestRow): ContentFacts {
  return digest === undefined ? contentFacts(record as Uint8Array) : { digest, contentBytes };
}
