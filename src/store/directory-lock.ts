import { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../base/clock.ts';
import { BucketcastError, closedError } from '../base/errors.ts';

const SQLITE_BUSY = 5;

/**
 * One holder at a time among all processes of this machine that use the file. The lock is SQLite's: a lock of the
 * kernel on an open file, which ends with its process, however that ends. So nothing has to be judged stale, and a
 * `kill -9` at any step neither wedges the others nor lets two in. The database stays empty.
 *
 * The file must not be deleted while somebody uses it: those who open it later would lock another one.
 */
export class DirectoryLock {
  readonly #file: string;
  readonly #clock: Pick<Clock, 'sleep' | 'monotonic'>;
  readonly #patienceMs: number;
  #database: DatabaseSync | undefined;
  #tail: Promise<unknown> = Promise.resolve();

  constructor(file: string, options: { clock: Pick<Clock, 'sleep' | 'monotonic'>; patienceMs: number }) {
    this.#file = file;
    this.#clock = options.clock;
    this.#patienceMs = options.patienceMs;
  }

  /**
   * Runs while holding the lock; callers of this process take turns in the order in which they came.
   *
   * @throws BucketcastError `store-unavailable` when another process keeps the lock too long, `closed` on abort
   */
  hold<Answer>(run: () => Promise<Answer>, signal?: AbortSignal): Promise<Answer> {
    const turn = this.#tail.then(async () => {
      const database = await this.#acquire(signal);
      try {
        return await run();
      } finally {
        database.exec('ROLLBACK');
      }
    });
    this.#tail = turn.catch(() => {});
    return turn;
  }

  async close(): Promise<void> {
    await this.#tail;
    this.#database?.close();
    this.#database = undefined;
  }

  /** SQLite is told not to wait, for it would hold up this whole thread; so the waiting is ours. */
  async #acquire(signal: AbortSignal | undefined): Promise<DatabaseSync> {
    const deadline = this.#clock.monotonic() + this.#patienceMs;
    for (let waitMs = 1; ; waitMs = Math.min(waitMs * 2, 8)) {
      if (signal?.aborted) throw closedError('waiting for the lock of the store directory', signal);
      try {
        this.#database ??= new DatabaseSync(this.#file, { timeout: 0 });
        this.#database.exec('BEGIN IMMEDIATE');
        return this.#database;
      } catch (error) {
        if (!isBusy(error)) throw error;
        if (this.#clock.monotonic() >= deadline) throw heldUp(this.#file, error);
      }
      await this.#clock.sleep(waitMs, signal);
    }
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === SQLITE_BUSY;
}

function heldUp(file: string, cause: unknown): BucketcastError {
  return new BucketcastError('store-unavailable', `another process keeps the lock ${file}`, {
    cause,
    hint: 'A process that uses this store directory is stopped or hangs; continue or end it.',
  });
}
