import type { Clock } from '../base/clock.ts';
import { BucketcastError, closedError, isBucketcastError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import type { NewUpdate } from '../base/update.ts';
import type { Settings } from '../config/settings.ts';
import { formatHlc } from '../log/hybrid-clock.ts';
import { recordHlc } from '../log/record.ts';
import type { NewSpooled } from '../state/spool-table.ts';
import type { State } from '../state/state.ts';
import type { Published, PublishOptions, Spooled } from './published.ts';
import type { Publisher } from './publisher.ts';
import { SpoolDrain } from './spool-drain.ts';
import { SpoolIntake } from './spool-intake.ts';
import { SpoolTroubles } from './spool-troubles.ts';
import { SpoolWaiters } from './spool-waiters.ts';
import type { UpdateEncoder } from './update-encoder.ts';

export interface SpoolComponents {
  readonly state: Pick<State, 'spool' | 'description'>;
  /** The one that the publisher encodes with as well. */
  readonly encoder: UpdateEncoder;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** What a spool is drained into. */
type Outlet = Pick<Publisher, 'publish' | 'put' | 'flush'>;

export interface SpoolSnapshot {
  /** Whether new updates go through it; what an earlier run left is drained in any case. */
  readonly enabled: boolean;
  readonly updates: number;
  /** Of the records. */
  readonly bytes: number;
  readonly maxBytes: number;
  /** How long the oldest update has been waiting; absent while there is none. */
  readonly oldestAgoMs?: number;
  /** Whether updates are under way to the bucket just now. */
  readonly draining: boolean;
  /** Why the disk takes nothing, or what came out last went no further; absent while all is well. */
  readonly trouble?: unknown;
  /** Updates that found no room, since the start. */
  readonly refused: number;
}

/**
 * Updates on this host's disk, on their way to the bucket. With `spool.enabled` every update goes through it, so that
 * those of a URL stay in order, and is answered for once it is on the disk. What an earlier run left goes first, also
 * when the spool is now off.
 *
 * A crash between an update's PUT and its deletion here repeats the update, with its id.
 */
export class Spool {
  readonly #settings: Pick<Settings, 'spool' | 'publish' | 'retry'>;
  readonly #components: SpoolComponents;
  readonly #intake: SpoolIntake;
  readonly #drain: SpoolDrain;
  readonly #waiters = new SpoolWaiters();
  #publisher: Outlet | undefined;
  /** What an earlier run left, where nothing new is kept: it goes first. */
  #leftovers: Promise<void> | undefined;
  /** Reject those who wait for the leftovers. */
  readonly #behind = new Set<(error: unknown) => void>();
  readonly #troubles: SpoolTroubles;
  #stopped = false;
  #refused = 0;

  /** Throws `state-unusable`. Does not talk to the bucket. */
  constructor(settings: Pick<Settings, 'spool' | 'publish' | 'retry'>, components: SpoolComponents) {
    const { state, encoder } = components;
    const table = state.spool;
    this.#settings = settings;
    this.#components = components;
    this.#troubles = new SpoolTroubles(components);
    this.#intake = new SpoolIntake(
      { ...components, ...settings.spool, table, path: state.description },
      {
        kept: (records) => this.#drain.add(records),
        refused: (error) => {
          this.#refused += 1;
          this.#troubles.failed('intake', error);
        },
        works: () => this.#troubles.recovered('intake'),
      },
    );
    this.#drain = new SpoolDrain(
      { ...components, table, maxBytes: settings.publish.maxPendingBytes, retry: settings.retry },
      {
        wantsVisible: (row) => this.#waiters.has(row),
        dated: (record) => encoder.dated(record),
        published: (row, published) => {
          this.#troubles.recovered('bucket');
          this.#waiters.answer(row, published);
        },
        progressed: () => this.#waiters.progressed(this.#drain.firstOpen),
        deleted: () => {
          this.#intake.removed();
          this.#troubles.recovered('deletion');
          this.#troubles.recovered('intake');
        },
        trouble: (part, error) => {
          this.#troubles.failed(part, error);
          if (this.#refusal !== undefined) for (const reject of this.#behind) reject(error);
        },
      },
    );
    if (!settings.spool.enabled && this.#drain.firstOpen < Number.POSITIVE_INFINITY) {
      this.#leftovers = this.drained();
      this.#leftovers.then(
        () => (this.#leftovers = undefined),
        () => {},
      );
    }
  }

  /**
   * Resolves once the update is on the disk; with `visible`, or with the spool off, once it is in the bucket, after
   * everything that is in the spool. Throws `invalid-update`, `spool-full` and `state-unusable` (nothing was written), `closed`
   * (stopped, or the signal aborted: an update that waited for the bucket may be in the spool, and then still goes there).
   */
  publish(update: NewUpdate, options: PublishOptions = {}): Promise<Spooled | Published> {
    const isInTheWay = this.#stopped || options.signal?.aborted || this.#leftovers !== undefined;
    // The common case, on its own because each async function on the way costs every update two promises.
    if (!this.#settings.spool.enabled && !isInTheWay) return this.#pass(update, options);
    return this.#take(update, options);
  }

  /** From here on the spool is drained. */
  attach(publisher: Outlet): void {
    if (this.#stopped) return;
    this.#publisher = publisher;
    this.#drain.begin(publisher);
  }

  /** Resolves once all that is in the spool now is in the bucket; rejects with `closed`. */
  async drained(signal?: AbortSignal): Promise<void> {
    this.#intake.commit();
    const last = this.#components.state.spool.lastRow();
    await this.#waiters.upTo(last, this.#drain.firstOpen, signal);
    this.#drain.deleteDone();
  }

  /**
   * Takes nothing new, and drains for the time, unless the bucket refuses; keeps the rest. The publisher is stopped
   * after it, and the state closed after that: what the publisher still gets into the bucket is deleted here.
   */
  async stop({ timeoutMs }: { readonly timeoutMs: number }): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#intake.commit();
    if (this.#publisher && this.#troubles.none) await this.#drainFor(timeoutMs);
    this.#drain.end();
    this.#waiters.end();
  }

  snapshot(): SpoolSnapshot {
    const { state, clock } = this.#components;
    const { enabled, maxBytes } = this.#settings.spool;
    const oldestAt = state.spool.oldestAt();
    const trouble = this.#troubles.first;
    return {
      enabled,
      ...state.spool.totals(),
      maxBytes,
      draining: this.#drain.active,
      refused: this.#refused,
      ...(oldestAt !== undefined && { oldestAgoMs: Math.max(0, clock.now() - oldestAt) }),
      ...(trouble !== undefined && { trouble }),
    };
  }

  async #take(update: NewUpdate, options: PublishOptions): Promise<Spooled | Published> {
    const { visible = false, signal } = options;
    if (this.#stopped) throw closedError('the spool');
    if (signal?.aborted) throw closedError('publishing', signal);
    if (!this.#settings.spool.enabled) {
      if (this.#leftovers) await this.#after(this.#leftovers, signal);
      return this.#pass(update, options);
    }
    const encoded = this.#components.encoder.encode(update, options.id);
    const entry = { ...encoded, given: options.id !== undefined };
    if (visible) return this.#publishVisible(entry, signal);
    await this.#intake.take(entry);
    const { id, record } = encoded;
    return { id, ...(!entry.given && { hlc: formatHlc(recordHlc(record)) }), durable: 'spool' };
  }

  /** What an earlier run left goes first. While the store refuses that, it would refuse what comes now too. */
  async #after(leftovers: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
    if (this.#refusal !== undefined) throw this.#refusal;
    const refused = Promise.withResolvers<never>();
    this.#behind.add(refused.reject);
    try {
      await Promise.race([this.#waiters.unless(signal, leftovers), refused.promise]);
    } finally {
      this.#behind.delete(refused.reject);
    }
  }

  get #refusal(): BucketcastError | undefined {
    const error = this.#troubles.of('bucket');
    return isBucketcastError(error, 'store-refused') ? error : undefined;
  }

  #pass(update: NewUpdate, options: PublishOptions): Promise<Published> {
    if (this.#publisher) return this.#publisher.publish(update, options);
    return Promise.reject(
      new BucketcastError('store-unavailable', 'the store has not answered yet, and the spool is off'),
    );
  }

  async #publishVisible(entry: NewSpooled, signal: AbortSignal | undefined): Promise<Published> {
    const waiter = this.#waiters.row(signal);
    let isLate = false;
    const taken = this.#intake.take(entry, (row) => {
      waiter.at(row);
      const done = this.#drain.placeOf(row);
      isLate = done !== undefined || this.#drain.isHandedOver(row);
      if (done) this.#waiters.answer(row, done);
    });
    await taken.catch((error: unknown) => waiter.fail(error));
    const published = await waiter.promise;
    // A repeat of what was on its way already, for somebody who did not ask to see it.
    if (isLate) await this.#publisher?.flush();
    return published;
  }

  async #drainFor(timeoutMs: number): Promise<void> {
    const ended = new AbortController();
    const cancel = this.#components.clock.after(timeoutMs, () => ended.abort());
    await this.drained(ended.signal).catch(() => {});
    cancel();
  }
}
