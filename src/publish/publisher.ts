import { closedError } from '../base/errors.ts';
import type { NewUpdate } from '../base/update.ts';
import { formatHlc } from '../log/hybrid-clock.ts';
import { recordHlc, recordUrl } from '../log/record.ts';
import { Admission } from './admission.ts';
import { laneOf } from './lane-of.ts';
import { memoryCost } from './memory-cost.ts';
import type { PendingUpdate } from './pending-update.ts';
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
  /** Rejects each call that is not answered for; with when it was made, monotonic ms, the oldest first. */
  readonly #open = new Map<(error: unknown) => void, number>();
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
  async publish(update: NewUpdate, options: PublishOptions = {}): Promise<Published> {
    if (this.#phase !== 'open') throw closedError('the publisher');
    if (options.signal?.aborted) throw closedError('publishing', options.signal);
    return this.put(this.#encoder.encode(update, options.id), options);
  }

  /** The same for an update that is encoded already. */
  put(
    { id, record }: EncodedUpdate,
    { visible = false, refused, returned, signal }: PutUpdateOptions = {},
  ): Promise<Published> {
    if (this.#phase !== 'open') return Promise.reject(closedError('the publisher'));
    const lane = laneOf(recordUrl(record), this.#settings.settings.lanes);
    return this.#answer(id, { record, lane, visible, refused }, signal, returned);
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
    const before = [...this.#open.keys()];
    await this.#until(() => before.every((reject) => !this.#open.has(reject)));
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
    const [oldest] = this.#open.values();
    return {
      writer,
      lanes: this.#settings.settings.lanes,
      pendingUpdates: this.#open.size,
      pendingBytes: this.#admission.bytes,
      segmentsInFlight,
      ...(oldest !== undefined && {
        oldestPendingAgoMs: Math.round(this.#components.clock.monotonic() - oldest),
      }),
      ...(trouble !== undefined && { trouble }),
      writers,
    };
  }

  get #settled(): boolean {
    return this.#admission.waiting === 0 && this.#succession.settled;
  }

  #answer(
    id: string,
    update: Omit<PendingUpdate, 'resolve' | 'reject'>,
    signal: AbortSignal | undefined,
    returned: () => void = () => {},
  ): Promise<Published> {
    const { promise, resolve, reject } = Promise.withResolvers<Published>();
    const bytes = memoryCost(update.record);
    let taken = false;
    const settle = () => {
      this.#open.delete(reject);
      signal?.removeEventListener('abort', giveUp);
    };
    const leave = () => {
      settle();
      if (taken) this.#admission.leave(bytes);
      taken = false;
    };
    const giveUp = () => {
      settle();
      takeBack();
      reject(closedError('publishing', signal));
      this.#progressed();
    };
    this.#open.set(reject, this.#components.clock.monotonic());
    signal?.addEventListener('abort', giveUp, { once: true });
    const pending: PendingUpdate = {
      ...update,
      resolve: (place) => {
        leave();
        resolve({ id, hlc: formatHlc(recordHlc(update.record)), durable: 'bucket', ...place });
      },
      reject: (error) => {
        returned();
        leave();
        reject(error);
      },
    };
    const takeBack = this.#admission.ask(bytes, () => {
      taken = true;
      this.#succession.add(pending);
    });
    return promise;
  }

  #end(): void {
    if (this.#phase === 'stopped') return;
    this.#phase = 'stopped';
    this.#succession.end();
    for (const reject of this.#open.keys()) reject(closedError('the publisher'));
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
