import type { Row, StateDatabase } from './state-database.ts';

/** One version of an object that was found, before it is dealt with. */
export interface NewPendingObject {
  /** 16 bytes: what tells this version from every other. */
  readonly digest: Uint8Array;
  readonly key: string;
  readonly size: number;
  /** Ms since the epoch, by the store. */
  readonly lastModified: number;
}

export interface PendingObject extends NewPendingObject {
  /** Rises in the order of finding. Only of use until the next start: the numbers may come back then. */
  readonly row: number;
}

const digestBytes = 16;
/** The digests of ?2, which are ?3 in number, as rows: one statement for thousands of them costs a fraction of thousands. */
const given = `WITH RECURSIVE places (at) AS (SELECT 0 UNION ALL SELECT at + 1 FROM places WHERE at + 1 < ?3),
  given (digest) AS (SELECT substr(?2, 1 + ${digestBytes} * at, ${digestBytes}) FROM places)`;

/**
 * What subscriptions of the objects layout remember: versions that are dealt with (seen), and versions that were found and
 * are not (pending). Both belong to a reader, which is a subscription's, or of one that does not exist yet because its
 * start set is still being saved. Every method commits all it was given or nothing; what may be many comes and goes in pages.
 */
export class ObjectTable {
  readonly #database: StateDatabase;

  constructor(database: StateDatabase) {
    this.#database = database;
  }

  /** A reader that no subscription has yet. */
  begin(): number {
    return this.#database.run('INSERT INTO object_readers (subscription) VALUES (NULL)').id;
  }

  /** The reader of a subscription; `undefined` when it has none. */
  reader(subscription: string): number | undefined {
    const row = this.#database.get(
      'SELECT id FROM object_readers WHERE subscription = (SELECT id FROM subscriptions WHERE name = ?)',
      subscription,
    );
    return row?.['id'] as number | undefined;
  }

  /** What its objects lie in, as `setPlace` was told. */
  place(reader: number): string | undefined {
    const row = this.#database.get('SELECT place FROM object_readers WHERE id = ?', reader);
    return (row?.['place'] as string | null | undefined) ?? undefined;
  }

  setPlace(reader: number, place: string): void {
    this.#database.run('UPDATE object_readers SET place = ? WHERE id = ?', place, reader);
  }

  /** Inside a transaction of the caller, who makes the subscription in it. */
  give(reader: number, subscription: number): void {
    this.#database.run('UPDATE object_readers SET subscription = ? WHERE id = ?', subscription, reader);
  }

  /** Readers that never became a subscription's, also those that are about to. */
  unfinished(): readonly number[] {
    return this.#database
      .all('SELECT id FROM object_readers WHERE subscription IS NULL')
      .map((row) => row['id'] as number);
  }

  /** Takes away up to `limit` of what an unfinished reader holds, and itself with the last; whether it is gone. */
  discard(reader: number, limit: number): boolean {
    return this.#database.transaction(() => {
      const gone = this.#database.run(
        `DELETE FROM object_seen WHERE reader = ?1 AND digest IN (SELECT digest FROM object_seen WHERE reader = ?1 LIMIT ?2)`,
        reader,
        limit,
      ).changes;
      if (gone === limit) return false;
      this.#database.run('DELETE FROM object_readers WHERE id = ?', reader);
      return true;
    });
  }

  /** `digests`: one behind the other. */
  addSeen(reader: number, digests: Uint8Array): void {
    if (digests.length === 0) return;
    this.#database.run(
      `${given} INSERT INTO object_seen (reader, digest) SELECT ?1, digest FROM given ORDER BY digest
       ON CONFLICT DO NOTHING`,
      reader,
      digests,
      digests.length / digestBytes,
    );
  }

  forgetSeen(reader: number, digests: Uint8Array): void {
    if (digests.length === 0) return;
    this.#database.run(
      `${given} DELETE FROM object_seen WHERE reader = ?1 AND digest IN (SELECT digest FROM given)`,
      reader,
      digests,
      digests.length / digestBytes,
    );
  }

  /** In the order of their bytes, those after `after`, one behind the other. */
  seen(reader: number, after: Uint8Array, limit: number): Uint8Array {
    // As one text, because a row each would cost ten times as much.
    const row = this.#database.get(
      `SELECT group_concat(hex(digest), '' ORDER BY digest) AS digests
       FROM (SELECT digest FROM object_seen WHERE reader = ? AND digest > ? ORDER BY digest LIMIT ?)`,
      reader,
      after,
      limit,
    );
    return Buffer.from((row?.['digests'] as string | null) ?? '', 'hex');
  }

  /** The caller numbers them, each higher than all before. */
  addPending(reader: number, objects: readonly PendingObject[]): void {
    this.#database.transaction(() => {
      for (const { row, digest, key, size, lastModified } of objects)
        this.#database.run(
          'INSERT INTO object_pending (reader, id, digest, key, size, last_modified) VALUES (?, ?, ?, ?, ?, ?)',
          reader,
          row,
          digest,
          key,
          size,
          Math.trunc(lastModified),
        );
    });
  }

  /** In the order of finding, those after the row `after`. */
  pending(reader: number, after: number, limit: number): readonly PendingObject[] {
    return this.#database
      .all(
        `SELECT id, digest, key, size, last_modified FROM object_pending
         WHERE reader = ? AND id > ? ORDER BY id LIMIT ?`,
        reader,
        after,
        limit,
      )
      .map(readPending);
  }

  /** Goes over all of them; the caller counts from then on. */
  countPending(reader: number): { readonly count: number; readonly lastRow: number } {
    const row = this.#database.get(
      'SELECT count(*) AS n, max(id) AS last FROM object_pending WHERE reader = ?',
      reader,
    );
    return { count: row?.['n'] as number, lastRow: (row?.['last'] as number | null) ?? 0 };
  }

  /** LastModified of the oldest that is pending. */
  oldestPending(reader: number): number | undefined {
    const row = this.#database.get(
      'SELECT min(last_modified) AS oldest FROM object_pending WHERE reader = ?',
      reader,
    );
    return (row?.['oldest'] as number | null) ?? undefined;
  }

  /** These are dealt with: no longer pending, but seen. Inside a transaction of the caller. */
  acknowledge(subscription: number, rows: readonly number[]): void {
    if (rows.length === 0) return;
    const found = this.#database.get('SELECT id FROM object_readers WHERE subscription = ?', subscription);
    const reader = found?.['id'] as number;
    const ids = JSON.stringify(rows);
    // Two statements for all of them cost less than half of two for each.
    this.#database.run(
      `INSERT INTO object_seen (reader, digest)
       SELECT reader, digest FROM object_pending
       WHERE reader = ?1 AND id IN (SELECT value FROM json_each(?2)) ORDER BY digest
       ON CONFLICT DO NOTHING`,
      reader,
      ids,
    );
    this.#database.run(
      'DELETE FROM object_pending WHERE reader = ?1 AND id IN (SELECT value FROM json_each(?2))',
      reader,
      ids,
    );
  }
}

function readPending(row: Row): PendingObject {
  return {
    row: row['id'] as number,
    digest: row['digest'] as Uint8Array,
    key: row['key'] as string,
    size: row['size'] as number,
    lastModified: row['last_modified'] as number,
  };
}
