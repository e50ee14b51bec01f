import type { StateDatabase } from './state-database.ts';

/** The next entry of a snapshot that a subscription is to get: `place` within part `part`. */
export interface SnapshotPlace {
  /** `<rev>~<id>` */
  readonly snapshot: string;
  readonly part: number;
  readonly place: number;
}

export interface SnapshotRead extends SnapshotPlace {
  /** Where it fills what retention took: the last range (`LostRange.letter`) that it is read for. */
  readonly recovers?: number;
}

/** Snapshots that subscriptions are reading, at most one each: what they begin with, or what fills their gaps. */
export class SnapshotReadTable {
  readonly #database: StateDatabase;

  constructor(database: StateDatabase) {
    this.#database = database;
  }

  find(subscription: string): SnapshotRead | undefined {
    const row = this.#database.get(
      `SELECT snapshot, part, place, recovers FROM snapshot_reads
       WHERE subscription = (SELECT id FROM subscriptions WHERE name = ?)`,
      subscription,
    );
    if (row === undefined) return undefined;
    const { recovers, ...place } = row;
    return {
      ...(place as unknown as SnapshotPlace),
      ...(recovers !== null && { recovers: recovers as number }),
    };
  }

  begin(subscription: number, snapshot: string, recovers?: number): void {
    this.end(subscription);
    this.#database.run(
      'INSERT INTO snapshot_reads (subscription, snapshot, part, place, recovers) VALUES (?, ?, 0, 0, ?)',
      subscription,
      snapshot,
      recovers ?? null,
    );
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
