import type { StateDatabase } from './state-database.ts';

/** The newest heartbeat that was heard of a host. */
export interface HeardBeat {
  /** `<server>~<host id>` */
  readonly host: string;
  readonly count: number;
  /** Ms until its next one; 0 for a farewell. */
  readonly everyMs: number;
  /** Store time, ms since the epoch. */
  readonly heardAt: number;
}

/** The highest heartbeat heard of every host, and that of this one, so that none counts as new twice, also after a restart. */
export class BeatTable {
  readonly #database: StateDatabase;

  constructor(database: StateDatabase) {
    this.#database = database;
  }

  /** Those heard longest ago first. */
  all(): readonly HeardBeat[] {
    return this.#database.all('SELECT * FROM beats ORDER BY heard_at').map((row) => ({
      host: row['host'] as string,
      count: Number(row['count']),
      everyMs: Number(row['every_ms']),
      heardAt: Number(row['heard_at']),
    }));
  }

  /** In one transaction. A count never goes back. */
  save(heard: readonly HeardBeat[], gone: readonly string[] = []): void {
    if (heard.length + gone.length === 0) return;
    this.#database.transaction(() => {
      for (const { host, count, everyMs, heardAt } of heard)
        this.#database.run(
          `INSERT INTO beats (host, count, every_ms, heard_at) VALUES (?, ?, ?, ?)
           ON CONFLICT DO UPDATE SET count = excluded.count, every_ms = excluded.every_ms, heard_at = excluded.heard_at
           WHERE excluded.count > count`,
          host,
          count,
          everyMs,
          Math.round(heardAt),
        );
      for (const host of gone) this.#database.run('DELETE FROM beats WHERE host = ?', host);
    });
  }
}
