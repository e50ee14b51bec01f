import type { Clock } from '../base/clock.ts';
import { DAY, MiB } from '../config/units.ts';
import type { Answers, KeyedRequest } from './answers.ts';
import type { StateDatabase } from './state-database.ts';

const maxAgeMs = DAY;
/** What a row takes besides its texts, about; keeps the number of short answers bounded as well. */
const rowBytes = 150;
/** Old rows taken away with each new one: more than one, so that the table shrinks, and few, so that nobody waits. */
const prunedAtOnce = 20;

export interface AnswerBounds {
  /** Bytes of all answers together, beyond which the oldest go before their time. */
  readonly maxBytes: number;
}

/** In one table, oldest first by their numbers. */
export class AnswerTable implements Answers {
  readonly hostId: string;
  readonly #database: StateDatabase;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #maxBytes: number;
  /** Of all rows; counted once, then kept. */
  #bytes: number | undefined;

  constructor(
    { hostId, database, clock }: { hostId: string; database: StateDatabase; clock: Pick<Clock, 'now'> },
    { maxBytes }: AnswerBounds = { maxBytes: 256 * MiB },
  ) {
    this.hostId = hostId;
    this.#database = database;
    this.#clock = clock;
    this.#maxBytes = maxBytes;
  }

  begin(key: string, fingerprint: string): KeyedRequest | undefined {
    const now = Math.trunc(this.#clock.now());
    const known = this.#find(key);
    if (known !== undefined && now - known.createdAt < maxAgeMs) return known;
    this.#changing(() => {
      if (known !== undefined) this.#remove(known);
      this.#prune(now);
      const bytes = rowBytes + key.length + fingerprint.length;
      this.#database.run(
        'INSERT INTO answers (key, fingerprint, bytes, created_at) VALUES (?, ?, ?, ?)',
        key,
        fingerprint,
        bytes,
        now,
      );
      this.#bytes = this.#counted() + bytes;
    });
    return undefined;
  }

  finish(key: string, answer: string): void {
    this.#changing(() => {
      const before = this.#counted();
      const bytes = Buffer.byteLength(answer);
      const { changes } = this.#database.run(
        'UPDATE answers SET answer = ?, bytes = bytes + ? WHERE key = ?',
        answer,
        bytes,
        key,
      );
      this.#bytes = before + changes * bytes;
    });
  }

  forget(key: string): void {
    const known = this.#find(key);
    if (known !== undefined) this.#changing(() => this.#remove(known));
  }

  #find(key: string): StoredRequest | undefined {
    const row = this.#database.get(
      'SELECT id, fingerprint, answer, bytes, created_at FROM answers WHERE key = ?',
      key,
    );
    if (row === undefined) return undefined;
    const answer = row['answer'] as string | null;
    return {
      id: row['id'] as number,
      bytes: row['bytes'] as number,
      createdAt: row['created_at'] as number,
      fingerprint: row['fingerprint'] as string,
      ...(answer === null ? {} : { answer }),
    };
  }

  #prune(now: number): void {
    const oldest = this.#database.all(
      'SELECT id, bytes, created_at FROM answers ORDER BY id LIMIT ?',
      prunedAtOnce,
    );
    for (const row of oldest) {
      const isOld = now - (row['created_at'] as number) >= maxAgeMs;
      if (!isOld && this.#counted() <= this.#maxBytes) return;
      this.#remove({ id: row['id'] as number, bytes: row['bytes'] as number });
    }
  }

  #remove({ id, bytes }: Pick<StoredRequest, 'id' | 'bytes'>): void {
    const before = this.#counted();
    const { changes } = this.#database.run('DELETE FROM answers WHERE id = ?', id);
    this.#bytes = before - changes * bytes;
  }

  #counted(): number {
    this.#bytes ??= Number(this.#database.get('SELECT total(bytes) AS bytes FROM answers')?.['bytes']);
    return this.#bytes;
  }

  /** A change that fails is rolled back, and what was counted with it. */
  #changing(change: () => void): void {
    try {
      this.#database.transaction(change);
    } catch (error) {
      this.#bytes = undefined;
      throw error;
    }
  }
}

interface StoredRequest extends KeyedRequest {
  readonly id: number;
  readonly bytes: number;
  readonly createdAt: number;
}
