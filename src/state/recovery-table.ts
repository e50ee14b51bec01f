import type { LaneId } from '../log/keys.ts';
import type { StateDatabase } from './state-database.ts';

/** Segments `[from, to)` that retention took before the subscription had read them, until a snapshot was looked through for them. */
export interface LostRange extends LaneId {
  /** Its dead letter; rises. */
  readonly letter: number;
  readonly from: number;
  readonly to: number;
  /** Delivered of it so far. */
  readonly updates: number;
}

/** What subscriptions have yet to look for in a snapshot. */
export class RecoveryTable {
  readonly #database: StateDatabase;

  constructor(database: StateDatabase) {
    this.#database = database;
  }

  add(subscription: number, { letter, writer, lane, from, to }: Omit<LostRange, 'updates'>): void {
    this.#database.run(
      'INSERT INTO recoveries VALUES (?, ?, ?, ?, ?, ?, 0)',
      letter,
      subscription,
      writer,
      lane,
      from,
      to,
    );
  }

  /** In the order of their letters. */
  list(subscription: string): readonly LostRange[] {
    return this.#database
      .all(
        `SELECT letter, writer, lane, start, end, updates FROM recoveries
         WHERE subscription = (SELECT id FROM subscriptions WHERE name = ?) ORDER BY letter`,
        subscription,
      )
      .map((row) => ({
        letter: row['letter'] as number,
        writer: row['writer'] as string,
        lane: row['lane'] as number,
        from: row['start'] as number,
        to: row['end'] as number,
        updates: row['updates'] as number,
      }));
  }

  count(letter: number, updates: number): void {
    this.#database.run('UPDATE recoveries SET updates = updates + ? WHERE letter = ?', updates, letter);
  }

  /** Another snapshot is read, from its beginning. */
  countAnew(subscription: number): void {
    this.#database.run('UPDATE recoveries SET updates = 0 WHERE subscription = ?', subscription);
  }

  end(letter: number): void {
    this.#database.run('DELETE FROM recoveries WHERE letter = ?', letter);
  }
}
