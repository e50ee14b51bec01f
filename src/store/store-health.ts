import type { Clock } from '../base/clock.ts';
import { BucketcastError, isBucketcastError } from '../base/errors.ts';
import { SECOND } from '../config/units.ts';

/** Whether the store answers, try by try: a poll that retries says nothing for minutes. */
export interface StoreHealthSnapshot {
  /** Tries in a row without a useful answer: none came, or "later". */
  readonly failures: number;
  /** Since the first of them, ms. */
  readonly failingForMs?: number;
  readonly error?: unknown;
  /** How long requests have been under way without any answer to any of them, ms. */
  readonly silentForMs: number;
}

export interface StoreTrouble {
  readonly error: unknown;
  /** Since the first try in a row that failed. */
  readonly forMs: number;
}

/** Watches the requests of the main thread, which polls and publishes; worker threads only fetch what a poll has found. */
export class StoreHealth {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #troubled: (trouble: StoreTrouble) => void;
  /** When each request that is under way began, oldest first. */
  readonly #underWay = new Set<{ readonly at: number }>();
  #answeredAt = Number.NEGATIVE_INFINITY;
  #failures = 0;
  #failingSince = 0;
  #error: unknown;

  /** `troubled` is told of every failed try while the store counts as away. */
  constructor(clock: Pick<Clock, 'monotonic'>, troubled: (trouble: StoreTrouble) => void = () => {}) {
    this.#clock = clock;
    this.#troubled = troubled;
  }

  /** A request goes out; rejects as it does. */
  async watch<Answer>(request: Promise<Answer>): Promise<Answer> {
    const attempt = { at: this.#clock.monotonic() };
    this.#underWay.add(attempt);
    try {
      const answer = await request;
      this.#answered();
      return answer;
    } catch (error) {
      this.#failed(error, attempt.at);
      throw error;
    } finally {
      this.#underWay.delete(attempt);
    }
  }

  snapshot(): StoreHealthSnapshot {
    const now = this.#clock.monotonic();
    const [oldest] = this.#underWay;
    const silentSince = Math.max(oldest?.at ?? now, this.#answeredAt);
    return {
      failures: this.#failures,
      ...(this.#failures > 0 && { failingForMs: now - this.#failingSince, error: this.#error }),
      silentForMs: Math.max(0, now - silentSince),
    };
  }

  #answered(): void {
    this.#answeredAt = this.#clock.monotonic();
    this.#failures = 0;
    this.#error = undefined;
  }

  #failed(error: unknown, startedAt: number): void {
    // The caller took it back: that says nothing of the store.
    if (isBucketcastError(error, 'closed')) return;
    // A definite no is an answer.
    if (!isBucketcastError(error, 'store-unavailable')) {
      this.#answered();
      return;
    }
    if (this.#failures === 0) this.#failingSince = startedAt;
    this.#failures += 1;
    this.#error = error;
    const snapshot = this.snapshot();
    if (storeTrouble(snapshot) !== undefined) this.#troubled({ error, forMs: snapshot.failingForMs ?? 0 });
  }
}

/** Shorter trouble is what retries are for. */
const awayAfterMs = 15 * SECOND;

/** Why the store counts as away, though nobody may have given up on it yet. */
export function storeTrouble({ silentForMs, failingForMs = 0, error }: StoreHealthSnapshot): unknown {
  if (failingForMs >= awayAfterMs) return error;
  if (silentForMs < awayAfterMs) return undefined;
  return new BucketcastError(
    'store-unavailable',
    `the store has not answered anything for ${Math.round(silentForMs / SECOND)} s, and is still waited for`,
  );
}
