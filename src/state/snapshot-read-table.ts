import type { StateDatabase } from './state-database.ts';

/** The next entry of a snapshot that a subscription is to get: `place` within part `part`. */
export interface SnapshotPlace {
  /** `<rev>~<id>` */
  readonly snapshot: string;
  readonly part: number;
  readonly place: number;
}

/** Subscriptions that are still reading the snapshot they begin with. One that is not in here reads the log. */
export class SnapshotReadTable {
  readonly #database: StateDatabase;

  constructor(database: StateDatabase) {
    this.#database = database;
  }

  find(subscription: string): SnapshotPlace | undefined {
    const row = this.#database.get(
      `SELECT snapshot, part, place FROM snapshot_reads
       WHERE subscription = (SELECT id FROM subscriptions WHERE name = ?)`,
      subscription,
    );
    return row as SnapshotPlace | undefined;
  }

  begin(subscription: number, snapshot: string): void {
    this.end(subscription);
    this.#database.run('INSERT INTO snapshot_reads VALUES (?, ?, 0, 0)', subscription, snapshot);
  }

  /** A place never goes back, and one in another snapshot than is read is ignored. */
  move(subscription: number, { snapshot, part, place }: SnapshotPlace): void {
    this.#database.run(
      `UPDATE snapshot_reads SET part = ?1, place = ?2
       WHERE subscription = ?3 AND snapshot = ?4 AND (?1, ?2) > (part, place)`,
      part,
      place,
      subscription,
      snapshot,
    );
  }

  end(subscription: number): void {
    this.#database.run('DELETE FROM snapshot_reads WHERE subscription = ?', subscription);
  }
}
