import type { Clock } from '../base/clock.ts';
import type { CredentialSource, Credentials } from './s3-credentials.ts';

/** So long before they run out, keys are renewed. */
const AHEAD_MS = 5 * 60_000;
/** No source is asked for other keys more often: a store that refuses every request must not flood it. */
const PAUSE_MS = 10_000;

/**
 * The keys in use. Temporary ones are renewed a few minutes ahead while the old ones go on serving; keys that the store
 * refuses are asked for anew.
 */
export class LeanKeys {
  readonly #source: CredentialSource;
  readonly #clock: Pick<Clock, 'now'>;
  #keys: Credentials | undefined;
  #asking: Promise<Credentials> | undefined;
  #askedAt = Number.NEGATIVE_INFINITY;

  constructor(source: CredentialSource, clock: Pick<Clock, 'now'>) {
    this.#source = source;
    this.#clock = clock;
  }

  /** At once where possible. @throws BucketcastError when there are none to be found */
  current(): Credentials | Promise<Credentials> {
    const keys = this.#keys;
    if (keys === undefined) return this.#ask();
    const { expiration } = keys;
    if (expiration === undefined) return keys;
    const left = expiration.getTime() - this.#clock.now();
    if (left <= 0) return this.#ask();
    // Should it fail, the old ones still serve, and it is tried again.
    if (left < AHEAD_MS && this.#isRested()) this.#ask().catch(() => {});
    return keys;
  }

  /** Whether there are other keys than those that the store refused. */
  async renew(refused: Credentials): Promise<boolean> {
    if (this.#keys === refused && this.#isRested()) await this.#ask();
    else await this.#asking;
    return this.#keys !== undefined && !isSame(this.#keys, refused);
  }

  #isRested(): boolean {
    return this.#asking === undefined && this.#clock.now() - this.#askedAt >= PAUSE_MS;
  }

  #ask(): Promise<Credentials> {
    this.#asking ??= this.#renewed().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async #renewed(): Promise<Credentials> {
    // The first time there is nothing that a source could have kept for too long.
    const forceRefresh = this.#keys !== undefined;
    if (forceRefresh) this.#askedAt = this.#clock.now();
    const keys = await this.#source({ forceRefresh });
    this.#keys = keys;
    return keys;
  }
}

function isSame(a: Credentials, b: Credentials): boolean {
  return (
    a.accessKeyId === b.accessKeyId &&
    a.secretAccessKey === b.secretAccessKey &&
    a.sessionToken === b.sessionToken
  );
}
