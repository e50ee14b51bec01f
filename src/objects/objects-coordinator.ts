import type { Clock } from '../base/clock.ts';
import type { NodeEmitter } from '../base/events.ts';
import type { Random } from '../base/random.ts';
import type { Settings } from '../config/settings.ts';
import { afterFinding, afterNews, noTrust, trusts } from '../coordinate/hint-trust.ts';
import { Poller, type PollResult, type RunningPoll } from '../coordinate/poller.ts';
import { readsWaiting, type WaitingRequests } from '../coordinate/reads-waiting.ts';
import { Settling } from '../coordinate/settling.ts';
import { StoreTime } from '../coordinate/store-time.ts';
import type { SubscriptionSnapshot } from '../coordinate/subscription-snapshot.ts';
import type { ObjectReader, ObjectsPage } from '../log/object-reader.ts';
import type { State } from '../state/state.ts';
import type { Listed } from './lister.ts';
import type { Lister } from './listing-reader.ts';
import { NotifiedObjects, type NotifiedObjectsParts } from './notified-objects.ts';
import type { ObjectSubscription } from './object-subscription.ts';
import type { ObjectSubscriptionSpec } from './object-subscription-parts.ts';
import { ObjectSubscriptions } from './object-subscriptions.ts';

export interface ObjectsCoordinatorSettings
  extends Pick<Settings, 'objects' | 'poll' | 'read' | 'retry' | 'limits' | 'stop'> {
  readonly server: string;
  /** Without it listings are as frequent with notifications as without. */
  readonly hints?: Settings['hints'];
}

export interface ObjectsCoordinatorParts {
  readonly lister: Lister;
  readonly reader: Pick<ObjectReader, 'fetch'>;
  readonly state: State;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: NodeEmitter;
  /** What tells where the objects lie from everywhere else. A subscription that is remembered for another is refused. */
  readonly place?: string;
  /** Where requests of this host wait; without it nobody can tell that they do. */
  readonly limiter?: WaitingRequests;
  /** Subscriptions besides its own that share the memory for fetched data, and the requests in flight. Default: none. */
  readonly otherReaders?: () => number;
  /** One LIST of what begins so. Without it whatever is notified costs a complete listing. */
  readonly page?: NotifiedObjectsParts['page'];
  /** Whether notifications come in just now. Default: never. */
  readonly hintsConnected?: () => boolean;
}

/** How the objects layout is read: plain values (but for `poll.error`), every number finite. */
export interface ObjectsSnapshot {
  readonly poll: {
    /** Since the last complete listing; absent before the first. */
    readonly agoMs: number | undefined;
    /** Why the last listing failed; absent when it did not. */
    readonly error: unknown;
    readonly failures: number;
    readonly intervalMs: number;
    /** Of the last complete listing; 0 before the first. */
    readonly pages: number;
    readonly keys: number;
    readonly durationMs: number;
  };
  /** Versions of objects that subscriptions know, each for itself, and the memory for that. */
  readonly known: { readonly keys: number; readonly bytes: number };
  readonly subscriptions: readonly SubscriptionSnapshot[];
}

/** How long pages may follow one another before everything else of the process has its turn. */
const spellMs = 50;

/**
 * Reads the objects layout: lists it again and again while anybody subscribes to it, one listing for all, and has every
 * subscription fetch what is new to it. A store that is away is no error here: listings go on, and say so by events.
 */
export class ObjectsCoordinator {
  readonly #settings: ObjectsCoordinatorSettings;
  readonly #parts: ObjectsCoordinatorParts;
  readonly #poller: Poller;
  readonly #subscriptions: ObjectSubscriptions;
  readonly #storeTime: StoreTime;
  readonly #settling: Settling;
  readonly #stopped = new AbortController();
  readonly #notified: NotifiedObjects | undefined;
  /** Not every transport tells of objects. */
  #trust = noTrust;
  #limits: Settings['limits'];
  #last: (Listed & { readonly at: number; readonly durationMs: number }) | undefined;
  #stopping: Promise<void> | undefined;

  constructor(settings: ObjectsCoordinatorSettings, parts: ObjectsCoordinatorParts) {
    const { objects, retry } = settings;
    this.#settings = settings;
    this.#parts = parts;
    this.#limits = settings.limits;
    this.#storeTime = new StoreTime(parts.clock);
    const intervals = () => this.#intervals();
    this.#poller = new Poller({
      ...parts,
      actor: 'objects poller',
      settings: {
        retry,
        get poll() {
          return intervals();
        },
      },
      isStretched: () => this.#isTrusting,
      poll: (signal, poll) => this.#poll(signal, poll),
      tell: {
        complete: ({ advanced: found, requests: pages, durationMs }) => {
          if (pages > 0) parts.events.emit('objects-listed', { found, pages, durationMs });
        },
        failed: (failure) => parts.events.emit('objects-listing-failed', failure),
      },
    });
    if (parts.page)
      this.#notified = new NotifiedObjects({
        page: parts.page,
        hear: (page) => this.#hear(page),
        listAll: () => this.#poller.hint(),
        pages: () => this.#last?.pages ?? 0,
        poll: settings.poll,
        clock: parts.clock,
        signal: this.#stopped.signal,
      });
    this.#settling = new Settling({
      isSettled: () => this.#subscriptions.settled,
      isStopped: () => this.#stopping !== undefined,
    });
    this.#subscriptions = new ObjectSubscriptions({
      ...parts,
      ...settings,
      prefix: objects.prefix,
      maxBytes: objects.maxBytes,
      limits: () => this.#limits,
      pollSoon: () => this.#poller.hint(),
      storeTime: () => this.#storeTime.now,
      listedOnce: () => this.#last !== undefined,
      requestsWaiting: () => readsWaiting(parts.limiter),
      changed: () => this.#settling.check(),
    });
  }

  start(): void {
    this.#poller.start();
  }

  /** Stops the subscriptions, each after its sink is through with what it has or `timeoutMs`. Idempotent. */
  stop({ timeoutMs }: { readonly timeoutMs: number } = this.#settings.stop): Promise<void> {
    this.#stopping ??= this.#stop(timeoutMs);
    return this.#stopping;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /**
   * Resolves when the subscription exists: at once when it did before or begins at `earliest`, else when its start set is
   * saved, which takes a complete listing, however long the store is away. Throws `invalid-settings` for a bad `from`, a
   * name that is running already, or one that is remembered for the log or another place; `closed` when the coordinator stops first.
   */
  subscribe(spec: ObjectSubscriptionSpec): Promise<ObjectSubscription> {
    return this.#subscriptions.subscribe(spec);
  }

  /** Subscriptions that are running. */
  get readers(): number {
    return this.#subscriptions.all.length;
  }

  /** A complete listing that begins after this call; rejects when it fails, and then the next one comes by itself. */
  pollNow(): Promise<PollResult> {
    return this.#poller.now();
  }

  /** These keys have been written, somebody says: looks soon. Whether any of them may be news to a subscription. */
  look(keys: readonly string[]): boolean {
    const { all } = this.#subscriptions;
    const wanted = keys.filter((key) => all.some((subscription) => subscription.wants(key)));
    if (wanted.length === 0) return false;
    this.#trust = afterNews(this.#trust, this.#parts.clock.monotonic());
    if (this.#notified) this.#notified.add(wanted);
    else this.#poller.hint();
    return true;
  }

  /** Resolves after a complete listing that found nothing for any subscription, with everything delivered. */
  async idle(): Promise<void> {
    let found: number;
    do {
      await this.#settling.settled();
      found = (await this.#poller.complete()).advanced;
    } while (found > 0 || !this.#subscriptions.settled);
  }

  /** New limits, at once. */
  limit(limits: Settings['limits']): void {
    this.#limits = limits;
  }

  snapshot(): ObjectsSnapshot {
    const { error, failures, intervalMs } = this.#poller.snapshot;
    const { at, pages = 0, keys = 0, durationMs = 0 } = this.#last ?? {};
    const agoMs = at === undefined ? undefined : this.#parts.clock.monotonic() - at;
    const { all } = this.#subscriptions;
    const sizes = all.map(({ size }) => size);
    return {
      poll: { agoMs, error, failures, intervalMs, pages, keys, durationMs },
      known: {
        keys: sizes.reduce((sum, { keys: known }) => sum + known, 0),
        bytes: sizes.reduce((sum, { bytes }) => sum + bytes, 0),
      },
      subscriptions: all.map((subscription) => subscription.snapshot()),
    };
  }

  async #stop(timeoutMs: number): Promise<void> {
    this.#stopped.abort();
    this.#poller.stop();
    await this.#subscriptions.stop(timeoutMs);
    this.#settling.check();
  }

  /** A listing that takes long is not followed by another at once. The quarter makes up for the schedule's jitter. */
  #intervals(): Settings['poll'] {
    const { poll, objects, hints } = this.#settings;
    const minMs = Math.max(objects.pollMinMs, 1.25 * (this.#last?.durationMs ?? 0));
    const maxMs = this.#isTrusting
      ? Math.max(objects.pollMaxMs, hints?.maxListingMs ?? 0)
      : objects.pollMaxMs;
    return { ...poll, minMs, maxMs: Math.max(maxMs, minMs) };
  }

  get #isTrusting(): boolean {
    const { clock, hintsConnected } = this.#parts;
    const { hints } = this.#settings;
    return hints !== undefined && hintsConnected?.() === true && trusts(this.#trust, clock.monotonic());
  }

  /** A page of objects that were notified of, in between listings or beside one. */
  #hear(page: ObjectsPage): void {
    for (const subscription of this.#subscriptions.all) subscription.hear(page);
    this.#storeTime.hear(page.time);
  }

  /** Whoever comes while the listing is under way has missed its beginning and waits for the next. */
  async #poll(signal: AbortSignal, poll: RunningPoll): Promise<Omit<PollResult, 'durationMs'>> {
    const { clock, lister } = this.#parts;
    const { readers } = this.#subscriptions;
    if (readers.length === 0) return { advanced: 0, requests: 0, time: this.#storeTime.now ?? clock.now() };
    const startedAt = clock.monotonic();
    let spellFrom = startedAt;
    let found = 0;
    for (const reader of readers) reader.beginListing();
    const hear = async (page: ObjectsPage) => {
      if (isOver) return;
      for (const reader of readers) found += reader.hear(page);
      this.#storeTime.hear(page.time);
      if (clock.monotonic() - spellFrom < spellMs) return;
      await clock.sleep(0, signal);
      spellFrom = clock.monotonic();
    };
    // Ranges come side by side: a page of each of them in one spell would be a long one.
    let turn = Promise.resolve();
    let isOver = false;
    const listing = await lister
      .list((page) => (turn = turn.then(() => hear(page))), signal)
      .finally(() => {
        isOver = true;
      });
    const at = clock.monotonic();
    this.#trust = afterFinding(this.#trust, { cause: poll.cause, found, isHinted: poll.isHinted() }, at);
    this.#last = { ...listing, at, durationMs: at - startedAt };
    await Promise.all(readers.map((reader) => reader.endListing(listing.time)));
    return { advanced: found, requests: listing.pages, time: listing.time };
  }
}
