import type { DeadLetterReason } from '../base/events.ts';
import type { DeadLetter, DeadLetterFilter, DeadLetterSummary, NewDeadLetter } from './state.ts';
import type { Row, StateDatabase } from './state-database.ts';

const described =
  'id, subscription, reason, message, writer, lane, sequence, end_sequence, place, key, url, update_id, created_at, replay';

/** What could not be delivered, with its reason and its bytes, until it is replayed or dropped. */
export class DeadLetterTable {
  readonly #database: StateDatabase;

  constructor(database: StateDatabase) {
    this.#database = database;
  }

  add(letter: NewDeadLetter, createdAt: number): DeadLetter {
    const { id } = this.#database.run(
      `INSERT INTO dead_letters (subscription, reason, message, writer, lane, sequence, end_sequence, place, key, url,
       update_id, created_at, replay, bytes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      letter.subscription,
      letter.reason,
      letter.message,
      letter.writer,
      letter.lane,
      letter.sequence,
      letter.endSequence,
      letter.index ?? null,
      letter.key,
      letter.url ?? null,
      letter.updateId ?? null,
      createdAt,
      letter.replay ? 1 : 0,
      letter.bytes ?? null,
    );
    return { ...letter, id, createdAt, replay: letter.replay ?? false };
  }

  /** Oldest first. */
  list(filter: DeadLetterFilter): readonly DeadLetter[] {
    const columns = filter.withoutBytes ? described : `${described}, bytes`;
    const conditions = ['id > ?'];
    const values: (string | number)[] = [filter.after ?? 0];
    if (filter.subscription !== undefined) {
      conditions.push('subscription = ?');
      values.push(filter.subscription);
    }
    if (filter.replay !== undefined) conditions.push(`replay = ${filter.replay ? 1 : 0}`);
    return this.#database
      .all(
        `SELECT ${columns} FROM dead_letters WHERE ${conditions.join(' AND ')} ORDER BY id LIMIT ?`,
        ...values,
        filter.limit ?? -1,
      )
      .map(readDeadLetter);
  }

  /** Read from `dead_letters_standing` alone, so that thousands of letters cost no reading of their bytes. */
  summary(): DeadLetterSummary {
    const rows = this.#database.all(
      `SELECT reason, subscription, count(*) AS letters, min(created_at) AS oldest
       FROM dead_letters GROUP BY reason, subscription`,
    );
    const sums = (column: 'reason' | 'subscription') =>
      Object.fromEntries(
        [...Map.groupBy(rows, (row) => row[column] as string)].map(([name, group]) => [name, letters(group)]),
      );
    return {
      count: letters(rows),
      byReason: sums('reason'),
      bySubscription: sums('subscription'),
      ...(rows.length > 0 && { oldestAt: Math.min(...rows.map((row) => row['oldest'] as number)) }),
    };
  }

  find(id: number): DeadLetter | undefined {
    const row = this.#database.get(`SELECT ${described}, bytes FROM dead_letters WHERE id = ?`, id);
    return row && readDeadLetter(row);
  }

  /** Whether there was such a letter. */
  markForReplay(id: number): boolean {
    return this.#database.run('UPDATE dead_letters SET replay = 1 WHERE id = ?', id).changes > 0;
  }

  /** Says something more in its message, where it still stands. */
  note(id: number, note: string): void {
    this.#database.run('UPDATE dead_letters SET message = message || ? WHERE id = ?', note, id);
  }

  drop(id: number): boolean {
    return this.#database.run('DELETE FROM dead_letters WHERE id = ?', id).changes > 0;
  }
}

function letters(rows: readonly Row[]): number {
  return rows.reduce((sum, row) => sum + (row['letters'] as number), 0);
}

function readDeadLetter(row: Row): DeadLetter {
  return {
    id: row['id'] as number,
    subscription: row['subscription'] as string,
    reason: row['reason'] as DeadLetterReason,
    message: row['message'] as string,
    writer: row['writer'] as string,
    lane: row['lane'] as number,
    sequence: row['sequence'] as number,
    endSequence: row['end_sequence'] as number,
    ...optional('index', row['place'] as number | null),
    key: row['key'] as string,
    ...optional('url', row['url'] as string | null),
    ...optional('updateId', row['update_id'] as string | null),
    ...optional('bytes', row['bytes'] as Uint8Array | null | undefined),
    createdAt: row['created_at'] as number,
    replay: row['replay'] === 1,
  };
}

/** SQL's null is our absence. */
function optional<Name extends string, Value>(
  name: Name,
  value: Value | null | undefined,
): { readonly [N in Name]?: Value } {
  return (value === null || value === undefined ? {} : { [name]: value }) as { readonly [N in Name]?: Value };
}
