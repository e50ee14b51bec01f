import type { Clock } from '../base/clock.ts';
import { BucketcastError, isBucketcastError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import { kindOf } from '../base/repeated-failures.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { deleteOldObjects } from './old-objects.ts';

export interface ObjectRetentionSettings {
  /** `objects.prefix` and `objects.maxAgeMs`; 0 keeps everything. */
  readonly prefix: string;
  readonly maxAgeMs: number;
  readonly server: string;
  /** `retention.intervalMs`. */
  readonly intervalMs: number;
}

export interface ObjectRetentionComponents {
  /** Of the objects layout, with its decorators. */
  readonly store: Pick<ObjectStore, 'list' | 'deleteMany'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** Finding what is due lists the whole folder, for keys do not say what is old: at most so often in `maxAgeMs`. */
const mostLooks = 100;

/** Deletes this server's own objects by age, in its own folder only. What fails is told, and tried again next time. */
export class ObjectRetention {
  readonly #settings: ObjectRetentionSettings;
  readonly #components: ObjectRetentionComponents;
  readonly #ended = new AbortController();
  /** What kind of failure was told last; told again when it is another, or after it worked. */
  #told: string | undefined;
  #isStarted = false;

  constructor(settings: ObjectRetentionSettings, components: ObjectRetentionComponents) {
    this.#settings = settings;
    this.#components = components;
  }

  start(): void {
    if (this.#isStarted || this.#settings.maxAgeMs === 0) return;
    this.#isStarted = true;
    void this.#rounds();
  }

  /** Idempotent; a round under way is aborted, and the next process goes on with it. */
  stop(): void {
    this.#ended.abort();
  }

  /** Returns how long until the oldest object that stays is due, ms. Throws when the store is in trouble. */
  async runOnce(): Promise<number> {
    const { maxAgeMs } = this.#settings;
    const { store, logger } = this.#components;
    const report = await deleteOldObjects(this.#settings, { store, signal: this.#ended.signal });
    const [first] = report.failed;
    if (first) throw notDeleted(report.failed.length, first);
    const deleted = report.folders.reduce((sum, { objects }) => sum + objects, 0);
    if (deleted > 0) logger.debug({ deleted, maxAgeMs }, 'deleted old objects of this server');
    return report.dueInMs ?? maxAgeMs;
  }

  async #rounds(): Promise<void> {
    const { clock, random } = this.#components;
    const { intervalMs, maxAgeMs } = this.#settings;
    const { signal } = this.#ended;
    const restMs = Math.max(intervalMs, maxAgeMs / mostLooks);
    let waitMs = intervalMs;
    while (!signal.aborted) {
      try {
        await clock.sleep(waitMs * (0.75 + random.float() / 2), signal);
        waitMs = Math.max(restMs, await this.runOnce());
        this.#told = undefined;
      } catch (error) {
        waitMs = restMs;
        if (!signal.aborted) this.#failed(error);
      }
    }
  }

  #failed(error: unknown): void {
    const kind = kindOf(error);
    if (kind === this.#told) return;
    this.#told = kind;
    const hint = isBucketcastError(error, 'store-refused') ? refusedHint : undefined;
    this.#components.logger.warn(
      { err: error, ...(hint && { hint }) },
      'old objects of this server could not be deleted; it is tried again later',
    );
  }
}

const refusedHint =
  "Allow this key s3:ListBucket and s3:DeleteObject on its own folder, or set objects.maxAgeMs to 0 and let the bucket's lifecycle rules do it.";

function notDeleted(keys: number, first: { readonly key: string; readonly reason: string }): BucketcastError {
  return new BucketcastError(
    'store-refused',
    `${keys} objects could not be deleted, first ${first.key}: ${first.reason}`,
    { details: { keys, key: first.key } },
  );
}
