import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { closedError } from '../base/errors.ts';
import { stateError } from './sqlite-error.ts';

export type Row = Readonly<Record<string, unknown>>;

/** How long a write waits for another process's commit; those take a millisecond or so. */
const busyTimeoutMs = 5000;

/**
 * One connection with its prepared statements. Every failure becomes `state-unusable`; use after `close()` is `closed`.
 * Commits are fsync'd (WAL with synchronous FULL), so what a method wrote is durable when it returns.
 */
export class StateDatabase {
  readonly path: string;
  readonly #connection: DatabaseSync;
  #closed = false;
  readonly #statements = new Map<string, StatementSync>();

  /** `path` may be `:memory:`. */
  constructor(path: string) {
    this.path = path;
    this.#connection = this.#guarded(() => new DatabaseSync(path, { timeout: busyTimeoutMs }));
    try {
      this.#configure();
    } catch (error) {
      this.#connection.close();
      throw error;
    }
  }

  run(sql: string, ...values: SQLInputValue[]): { readonly changes: number; readonly id: number } {
    return this.#guarded(() => {
      const { changes, lastInsertRowid } = this.#prepared(sql).run(...values);
      return { changes: Number(changes), id: Number(lastInsertRowid) };
    });
  }

  get(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#guarded(() => this.#prepared(sql).get(...values));
  }

  all(sql: string, ...values: SQLInputValue[]): readonly Row[] {
    return this.#guarded(() => this.#prepared(sql).all(...values));
  }

  /** Several statements at once, not prepared: schema changes and pragmas. */
  script(sql: string): void {
    this.#guarded(() => this.#connection.exec(sql));
  }

  pragma(name: string): unknown {
    const row = this.#guarded(() => this.#connection.prepare(`PRAGMA ${name}`).get());
    return row === undefined ? undefined : Object.values(row)[0];
  }

  /** All of `action` or none of it. IMMEDIATE, so that a read inside is never overtaken by another writer. */
  transaction<T>(action: () => T): T {
    this.run('BEGIN IMMEDIATE');
    try {
      const result = action();
      this.run('COMMIT');
      return result;
    } catch (error) {
      // A full disk makes SQLite roll back by itself.
      if (this.#connection.isTransaction) this.run('ROLLBACK');
      throw error;
    }
  }

  /** In the transaction that is open, or in one of its own. */
  within<T>(action: () => T): T {
    return this.#connection.isTransaction ? action() : this.transaction(action);
  }

  /** Whether this call closed it. */
  close(): boolean {
    if (this.#closed) return false;
    this.#closed = true;
    this.#statements.clear();
    this.#connection.close();
    return true;
  }

  #configure(): void {
    if (this.path !== ':memory:') {
      // Changing the mode needs the whole file for a moment; asking does not.
      if (this.pragma('journal_mode') !== 'wal') this.script('PRAGMA journal_mode = WAL');
      this.script('PRAGMA synchronous = FULL');
    }
    this.script('PRAGMA foreign_keys = ON');
  }

  #prepared(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known) return known;
    const statement = this.#connection.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  #guarded<T>(action: () => T): T {
    try {
      return action();
    } catch (cause) {
      if (this.#closed) throw closedError(`the state in ${this.path}`);
      throw stateError(cause, this.path);
    }
  }
}
