import type { WriterRecord } from './state.ts';
import type { StateDatabase } from './state-database.ts';

/** Every writer that ever wrote from this directory; none is ever removed, for "own" is decided by them. */
export class WriterTable {
  readonly #database: StateDatabase;
  /** Writers found once; a writer is never taken out again, so only absence must be asked for afresh. */
  readonly #known = new Set<string>();

  constructor(database: StateDatabase) {
    this.#database = database;
  }

  record(writer: string, lanes: number, createdAt: number): void {
    this.#database.run(
      'INSERT INTO writers (writer, lanes, created_at) VALUES (?, ?, ?)',
      writer,
      lanes,
      createdAt,
    );
    this.#known.add(writer);
  }

  /** Oldest first. */
  unparked(except: string | undefined): readonly WriterRecord[] {
    return this.#database
      .all(
        'SELECT writer, lanes, created_at FROM writers WHERE parked = 0 AND writer IS NOT ? ORDER BY id',
        except ?? null,
      )
      .map((row) => ({
        writer: row['writer'] as string,
        lanes: row['lanes'] as number,
        createdAt: row['created_at'] as number,
      }));
  }

  markParked(writer: string): void {
    this.#database.run('UPDATE writers SET parked = 1 WHERE writer = ?', writer);
  }

  has(writer: string): boolean {
    if (this.#known.has(writer)) return true;
    // A guest process may have recorded it since we last asked.
    if (!this.#database.get('SELECT 1 FROM writers WHERE writer = ?', writer)) return false;
    this.#known.add(writer);
    return true;
  }
}
