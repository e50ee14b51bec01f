import { closedError } from '../base/errors.ts';
import type { NewUpdate } from '../base/update.ts';
import { recordUrlBytes } from '../log/record.ts';
import { Admission } from './admission.ts';
import { laneOf } from './lane-of.ts';
import { memoryCost } from './memory-cost.ts';
import { OpenUpdate } from './open-update.ts';
import type { Published, PublishOptions } from './published.ts';
import { type PublisherComponents, type PublisherSettings, Succession } from './succession.ts';
import type { PublishTrouble } from './trouble-log.ts';
import { type EncodedUpdate, UpdateEncoder } from './update-encoder.ts';

export type { PublisherComponents, PublisherSettings } from './succession.ts';

export interface PublisherSnapshot {
  /** `undefined` until something is published. */
  readonly writer: string | undefined;
  readonly lanes: number;
  /** Updates not yet answered for, those that wait to be taken included. */
  readonly pendingUpdates: number;
  /** Memory for what is taken and not yet answered for, bytes. */
  readonly pendingBytes: number;
  readonly segmentsInFlight: number;
  /** How long the oldest call that is not answered for has waited; absent while there is none. */
  readonly oldestPendingAgoMs?: number;
  /** What keeps updates from being answered for; absent while nothing does. */
  readonly trouble?: PublishTrouble;
  /** Writers that this publisher has begun so far: more than one after idleness, or after a twin. */
  readonly writers: number;
}

export interface PutUpdateOptions extends Pick<PublishOptions, 'visible' | 'signal'> {
  /** Rather than reject with `store-refused`, goes on trying in the update's own place, and tells. */
  readonly refused?: (error: unknown) => void;
  /** Called at once where the answer is a rejection, for a caller who must not ask for more then. */
  readonly returned?: () => void;
}

/**
 * Takes updates and answers for each once it is durable in the bucket, with everything before it in its lane, and
 * sure to be found even if this process never runs again. Writes nothing before the first update.
 */
export class Publisher {
  readonly #settings: PublisherSettings;
  readonly #components: PublisherComponents;
  readonly #encoder: UpdateEncoder;
  readonly #admission: Admission;
  readonly #succession: Succession;
  /** Calls that are not answered for, the oldest first. */
  readonly #open = new Set<OpenUpdate>();
  #phase: 'new' | 'open' | 'stopping' | 'stopped' = 'new';
  #watchers: { readonly done: () => boolean; readonly resolve: () => void }[] = [];

  constructor(
    settings: PublisherSettings,
    components: PublisherComponents,
    encoder = new UpdateEncoder(settings.settings, components),
  ) {
    this.#settings = settings;
    this.#components = components;
    this.#encoder = encoder;
    this.#admission = new Admission(settings.settings.maxPendingBytes);
    this.#succession = new Succession(settings, components, {
      storeTime: (ms) => this.observeStoreTime(ms),
      progressed: () => this.#progressed(),
    });
  }

  /** Rolls this host's earlier writers forward; updates wait for that. */
  start(): void {
    if (this.#phase !== 'new') return;
    this.#phase = 'open';
    this.#succession.start();
  }

  /**
   * Throws `invalid-update` (nothing was written), `store-refused` (the store definitely refused), or `closed` (stopped,
   * or the signal aborted: whether the update is published is unknown). Waits while `maxPendingBytes` are on their way.
   */
  publish(update: NewUpdate, options: PublishOptions = {}): Promise<Published> {
    // Not an async function: each on the way to the caller costs an update two promises and three turns.
    try {
      if (this.#phase !== 'open') throw closedError('the publisher');
      if (options.signal?.aborted) throw closedError('publishing', options.signal);
      return this.put(this.#encoder.encode(update, options.id), options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** The same for an update that is encoded already. */
  put(
    encoded: EncodedUpdate,
    { visible = false, refused, returned, signal }: PutUpdateOptions = {},
  ): Promise<Published> {
    if (this.#phase !== 'open') return Promise.reject(closedError('the publisher'));
    const { record } = encoded;
    const lane = laneOf(recordUrlBytes(record), this.#settings.settings.lanes);
    const since = this.#components.clock.monotonic();
    const update = new OpenUpdate(encoded, { lane, visible, refused, returned, since, leave: this.#leave });
    this.#open.add(update);
    const takeBack = this.#admission.ask(memoryCost(record), () => {
      update.isTaken = true;
      this.#succession.add(update);
    });
    if (signal) {
      update.until(signal, () => {
        this.#open.delete(update);
        takeBack();
        this.#progressed();
      });
    }
    return update.answer;
  }

  /**
   * Resolves once every poll finds what this host's earlier writers left, or the first try to see to that has failed; a
   * publisher that may not write does not hold up who reads.
   */
  get surveyed(): Promise<void> {
    return this.#succession.surveyed;
  }

  /** A stamp seen in another writer's update: what is published from now on is newer. */
  observe(hlc: bigint): void {
    this.#encoder.observe(hlc);
  }

  /** The store's time, ms since the epoch: no update may claim to be from later. */
  observeStoreTime(ms: number): void {
    this.#encoder.observeStoreTime(ms);
  }

  /** Resolves once everything published before is answered for and covered by a tip, or the publisher has stopped. */
  async flush(): Promise<void> {
    const before = [...this.#open];
    await this.#until(() => {
      while (before.length > 0 && !this.#open.has(before.at(-1) as OpenUpdate)) before.pop();
      return before.length === 0;
    });
    const isCovered = this.#succession.coverage();
    await this.#until(isCovered);
  }

  /** Takes nothing new, drains with a last tip, then aborts: what is not answered for then rejects with `closed`. */
  async stop({ timeoutMs }: { readonly timeoutMs: number }): Promise<void> {
    if (this.#phase === 'new') this.#end();
    if (this.#phase === 'stopped') return;
    this.#phase = 'stopping';
    this.#succession.finish();
    const cancel = this.#components.clock.after(timeoutMs, () => this.#end());
    await this.#until(() => this.#settled);
    cancel();
    this.#end();
  }

  snapshot(): PublisherSnapshot {
    const { writer, writers, trouble, segmentsInFlight } = this.#succession;
    const [oldest] = this.#open;
    return {
      writer,
      lanes: this.#settings.settings.lanes,
      pendingUpdates: this.#open.size,
      pendingBytes: this.#admission.bytes,
      segmentsInFlight,
      ...(oldest !== undefined && {
        oldestPendingAgoMs: Math.round(this.#components.clock.monotonic() - oldest.since),
      }),
      ...(trouble !== undefined && { trouble }),
      writers,
    };
  }

  get #settled(): boolean {
    return this.#admission.waiting === 0 && this.#succession.settled;
  }

  readonly #leave = (update: OpenUpdate) => {
    this.#open.delete(update);
    if (update.isTaken) this.#admission.leave(memoryCost(update.record));
    update.isTaken = false;
  };

  #end(): void {
    if (this.#phase === 'stopped') return;
    this.#phase = 'stopped';
    this.#succession.end();
    for (const update of this.#open) update.fail(closedError('the publisher'));
    this.#open.clear();
    this.#progressed();
  }

  /** Or until there is nothing left to wait for, because it has stopped. */
  #until(done: () => boolean): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#watchers.push({ done, resolve });
    this.#progressed();
    return promise;
  }

  #progressed(): void {
    if (this.#phase === 'stopping') this.#succession.finish();
    const ready = this.#watchers.filter(({ done }) => this.#phase === 'stopped' || done());
    this.#watchers = this.#watchers.filter((watcher) => !ready.includes(watcher));
    for (const { resolve } of ready) resolve();
  }
}
