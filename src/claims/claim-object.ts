import type { Clock } from '../base/clock.ts';
import { type BucketcastError, isBucketcastError } from '../base/errors.ts';
import { claimKey } from '../log/claim-keys.ts';
import type { Fleet } from '../log/tip-mac.ts';
import type { ObjectStore, PutOptions } from '../store/object-store.ts';
import { aftermath, type Standing } from './claim-decision.ts';
import { type ClaimRecord, decodeClaim, encodeClaim, maxClaimBytes } from './claim-record.ts';

/** What an answer of the store says of its clock. */
export interface HeardTime {
  /** The store's time, ms since the epoch. */
  readonly time: number;
  /** Our monotonic time when that was asked for: the store's may be later by what has passed since then, and no more. */
  readonly askedAt: number;
}

export interface Seen {
  /** `undefined`: nothing stands there. */
  readonly standing: Standing | undefined;
  readonly heard: HeardTime;
}

export type Condition = NonNullable<PutOptions['condition']>;

/** `other`: something else stands there than what was to be written. */
export type Written =
  | { readonly status: 'written'; readonly etag: string; readonly heard: HeardTime }
  | ({ readonly status: 'other' } & Seen);

export interface ClaimObjectParts {
  readonly store: Pick<ObjectStore, 'get' | 'put'>;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly fleet: Fleet;
}

/** The object of one URL's claims. */
export class ClaimObject {
  readonly url: string;
  readonly key: string;
  readonly #parts: ClaimObjectParts;

  constructor(url: string, parts: ClaimObjectParts) {
    this.url = url;
    this.key = claimKey(url);
    this.#parts = parts;
  }

  /** Throws `corrupt`, `unknown-key` and `newer-format` for what is no claim, and what a GET throws. */
  async read(signal?: AbortSignal): Promise<Seen> {
    const { store, clock, fleet } = this.#parts;
    const askedAt = clock.monotonic();
    const found = await store.get(this.key, { maxBytes: maxClaimBytes, signal });
    const heard = { time: found.time, askedAt };
    if (found.status !== 'found') return { standing: undefined, heard };
    const { etag, body } = found;
    return { standing: { ...decodeClaim(body, this.key, fleet), etag }, heard };
  }

  /** One write, and its answer as it is. */
  put(
    record: ClaimRecord,
    condition: Condition | undefined,
    signal?: AbortSignal,
  ): ReturnType<ObjectStore['put']> {
    const body = encodeClaim(record, this.key, this.url, this.#parts.fleet);
    const options = { contentType: 'text/plain; charset=utf-8', signal, ...(condition && { condition }) };
    return this.#parts.store.put(this.key, body, options);
  }

  /**
   * Writes, and where the answer is no clear "stored", looks what stands there: a repeated request meets its own success as a
   * conflict, and a loser may get no answer at all. Throws `store-unavailable` when what was there before stands there still, for
   * the write may yet arrive, and what `read` throws.
   */
  async write(record: ClaimRecord, condition: Condition, signal?: AbortSignal): Promise<Written> {
    let failure: BucketcastError | undefined;
    const askedAt = this.#parts.clock.monotonic();
    try {
      const { status, time, ...answer } = await this.put(record, condition, signal);
      const heard = { time, askedAt };
      if (status === 'stored') return { status: 'written', etag: (answer as { etag: string }).etag, heard };
    } catch (error) {
      if (!isBucketcastError(error, 'store-unavailable')) throw error;
      failure = error;
    }
    const seen = await this.read(signal);
    const { standing, heard } = seen;
    if (standing !== undefined && aftermath(standing, record) === 'written')
      return { status: 'written', etag: standing.etag, heard };
    if (failure !== undefined && isAsBefore(standing, condition)) throw failure;
    return { status: 'other', ...seen };
  }
}

function isAsBefore(standing: Standing | undefined, condition: Condition): boolean {
  return condition === 'absent' ? standing === undefined : standing?.etag === condition.etag;
}
