import type { Clock } from '../base/clock.ts';
import type { NodeEmitter } from '../base/events.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import type { Settings } from '../config/settings.ts';
import type { FleetKeys } from '../log/fleet-keys.ts';
import { type LaneId, type LaneReach, laneKey, mostLanes } from '../log/keys.ts';
import type { SegmentFetcher } from '../log/segment-fetcher.ts';
import type { State } from '../state/state.ts';
import type { ObjectStore } from '../store/object-store.ts';
import type { CoordinatorSnapshot, PollSnapshot } from './coordinator-snapshot.ts';
import { Discovery, type Findings, type TipsListing } from './discovery.ts';
import { afterEcho, afterFinding, afterNews, fullTrust, pollCeiling, trusts } from './hint-trust.ts';
import { Poller, type PollResult, type RunningPoll } from './poller.ts';
import { readsWaiting, type WaitingRequests } from './reads-waiting.ts';
import { SegmentSource } from './segment-source.ts';
import { Settling } from './settling.ts';
import type { Subscription, SubscriptionSpec } from './subscription.ts';
import type { LaneReport } from './subscription-snapshot.ts';
import { Subscriptions } from './subscriptions.ts';

export interface CoordinatorSettings extends Pick<Settings, 'poll' | 'read' | 'retry' | 'limits' | 'stop'> {
  /** Without it polls are as frequent with hints as without. */
  readonly hints?: Settings['hints'];
  readonly server: string;
  readonly fleetId: string;
  readonly keys: FleetKeys;
  /** How long the fleet remembers a parked lane that is empty, ms (`janitor.forgetAfterMs`). */
  readonly forgetAfterMs: number;
}

export interface CoordinatorParts {
  readonly store: Pick<ObjectStore, 'list' | 'get' | 'head'>;
  readonly fetcher: SegmentFetcher;
  readonly state: State;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: NodeEmitter;
  readonly logger: Logger;
  /** Where requests of this host wait; without it nobody can tell that they do. */
  readonly limiter?: WaitingRequests;
  /** Subscriptions besides its own that share the memory for fetched data, and the requests in flight. Default: none. */
  readonly otherReaders?: () => number;
  /** Whether hints come in just now. Default: never. */
  readonly hintsConnected?: () => boolean;
}

/**
 * The reading side of a node: polls the bucket for news, and has every subscription read what is new to it.
 * A store that is away is no error here: polls go on, and say so by events.
 */
export class Coordinator {
  readonly #settings: CoordinatorSettings;
  readonly #parts: CoordinatorParts;
  readonly #discovery: Discovery;
  readonly #poller: Poller;
  readonly #source: SegmentSource;
  readonly #subscriptions: Subscriptions;
  readonly #tipsListeners = new Set<(listing: TipsListing) => void>();
  readonly #settling: Settling;
  #limits: Settings['limits'];
  #trust = fullTrust;
  #stopping: Promise<void> | undefined;

  constructor(settings: CoordinatorSettings, parts: CoordinatorParts) {
    const { read, retry, stop } = settings;
    this.#settings = settings;
    this.#parts = parts;
    this.#limits = settings.limits;
    this.#source = new SegmentSource(parts.fetcher);
    const identity = { ...settings, hostId: parts.state.hostId, farAhead: read.farAhead };
    this.#discovery = new Discovery(identity, parts);
    const intervals = () => ({ ...settings.poll, maxMs: this.#pollCeiling });
    this.#poller = new Poller({
      ...parts,
      settings: {
        retry,
        get poll() {
          return intervals();
        },
      },
      isStretched: () => this.#pollCeiling > settings.poll.maxMs,
      poll: (signal, poll) => this.#poll(signal, poll),
    });
    this.#settling = new Settling({
      isSettled: () => this.#subscriptions.settled,
      isStopped: () => this.#stopping !== undefined,
    });
    this.#subscriptions = new Subscriptions({
      ...parts,
      read,
      retry,
      stop,
      forgetAfterMs: settings.forgetAfterMs,
      fetcher: this.#source,
      snapshots: { store: parts.store, fleet: settings },
      known: () => this.#discovery.known,
      limits: () => this.#limits,
      polled: () => this.#poller.complete(),
      pollSoon: () => this.#poller.hint(),
      storeTime: () => this.#discovery.storeTime,
      polledOnce: () => this.#poller.snapshot.at !== undefined,
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

  /** A complete poll that begins after this call; rejects when it fails, and then the next one comes by itself. */
  pollNow(): Promise<PollResult> {
    return this.#poller.now();
  }

  /** "The writer's lanes have reached these numbers" (lane to `next`): looks soon, unless that is known already. Whether it was not. */
  hint(writer: string, lanes: ReadonlyMap<number, number>): boolean {
    const { known } = this.#discovery;
    const isNews = [...lanes].some(
      ([lane, next]) => next > (known.get(laneKey({ writer, lane }))?.next ?? 0),
    );
    this.#heard(isNews, writer, lanes);
    if (isNews) this.look();
    return isNews;
  }

  /** Something may be new: looks soon, as far as hints may cause polls. */
  look(): void {
    this.#poller.hint();
  }

  /**
   * The same as a tip that verified: subscriptions are told at once, without a poll. What is too far ahead to be believed is a hint
   * like any other.
   */
  told(writer: string, lanes: readonly LaneReach[]): 'believed' | 'known' | 'doubted' {
    const result = this.announced(writer, lanes);
    this.#heard(result !== 'known', writer, new Map(lanes.map(({ next }, lane) => [lane, next])));
    return result;
  }

  /** The same of a writer of this process; that says nothing of whether hints come in. */
  announced(writer: string, lanes: readonly LaneReach[]): 'believed' | 'known' | 'doubted' {
    const news = this.#discovery.told(writer, lanes, this.#subscriptions);
    if (news === undefined) {
      this.look();
      return 'doubted';
    }
    this.#subscriptions.reach(news);
    return news.length === 0 ? 'known' : 'believed';
  }

  /** Whether the segment is news to some subscription. */
  wants(id: LaneId, sequence: number): boolean {
    return sequence >= (this.#discovery.known.get(laneKey(id))?.next ?? 0) && this.#subscriptions.reads(id);
  }

  /** The store's time just now, ms since the epoch; this machine's before its first answer. */
  get storeTime(): number {
    return this.#discovery.storeTime ?? this.#parts.clock.now();
  }

  /** The ring of keys has changed: lanes and batches that wait for one of them are tried again, and tips looked at anew. */
  rekeyed(): void {
    this.#discovery.rekeyed();
    this.#subscriptions.rekeyed();
    this.#poller.complete().catch(() => {});
  }

  /** Segments of a writer, over its lanes, that tips, batches or positions have shown. */
  reached(writer: string): number {
    const reachOf = (id: LaneId) =>
      Math.max(this.#discovery.known.get(laneKey(id))?.next ?? 0, this.#subscriptions.position(id) ?? 0);
    return Array.from({ length: mostLanes }, (_, lane) => reachOf({ writer, lane })).reduce(
      (a, b) => a + b,
      0,
    );
  }

  /** Told every complete listing of `tips/`, of what verified. Returns a function that takes the listener away. */
  onTips(listener: (listing: TipsListing) => void): () => void {
    this.#tipsListeners.add(listener);
    return () => this.#tipsListeners.delete(listener);
  }

  /**
   * Resolves when the subscription exists: at once when it did before, else when its start vector is saved, which
   * takes a complete poll, however long the store is away. Throws `invalid-settings` for a bad `from` or a name
   * that is running already; `closed` when the coordinator stops first.
   */
  subscribe(spec: SubscriptionSpec): Promise<Subscription> {
    return this.#subscriptions.subscribe(spec);
  }

  /** Resolves after a complete poll that found nothing for any subscription, with everything delivered. */
  async idle(): Promise<void> {
    do {
      await this.#settling.settled();
      await this.#poller.complete();
    } while (!this.#subscriptions.settled);
  }

  /** New limits, at once. */
  limit(limits: Settings['limits']): void {
    this.#limits = limits;
  }

  /** Subscriptions that are running. */
  get readers(): number {
    return this.#subscriptions.all.length;
  }

  /** How polling goes, without a look at any lane. */
  get poll(): PollSnapshot {
    const { at, time, error, failures, intervalMs } = this.#poller.snapshot;
    const agoMs = at === undefined ? undefined : this.#parts.clock.monotonic() - at;
    return { agoMs, time, error, failures, intervalMs };
  }

  snapshot(): CoordinatorSnapshot {
    const subscriptions = this.#subscriptions.all.map((subscription) => subscription.snapshot());
    return {
      poll: this.poll,
      lanes: this.#discovery.known.size,
      ...this.#discovery.report(),
      blockedLanes: new Set(this.#subscriptions.all.flatMap((subscription) => subscription.blocked())).size,
      fetches: this.#source.size,
      bytesHeld: subscriptions.reduce((sum, { bytesHeld }) => sum + bytesHeld, 0),
      subscriptions,
    };
  }

  /** Every lane of a running subscription; `undefined` when there is none of that name. */
  lanes(subscription: string): readonly LaneReport[] | undefined {
    return this.#subscriptions.all.find(({ name }) => name === subscription)?.lanes();
  }

  async #stop(timeoutMs: number): Promise<void> {
    this.#poller.stop();
    await this.#subscriptions.stop(timeoutMs);
    this.#settling.check();
  }

  #heard(isNews: boolean, writer: string, lanes: ReadonlyMap<number, number>): void {
    const now = this.#parts.clock.monotonic();
    const reach = new Map([...lanes].map(([lane, next]) => [laneKey({ writer, lane }), next]));
    this.#trust = isNews ? afterNews(this.#trust, now) : afterEcho(this.#trust, reach, now);
  }

  get #pollCeiling(): number {
    const { poll, hints } = this.#settings;
    const { clock, hintsConnected } = this.#parts;
    const isConnected = hintsConnected?.() ?? false;
    if (hints === undefined) return poll.maxMs;
    return pollCeiling({ poll, hints }, { isConnected, isTrusted: trusts(this.#trust, clock.monotonic()) });
  }

  /** What was learned is told also when the poll then failed: the next one would not find it new again. */
  async #poll(signal: AbortSignal, poll: RunningPoll): Promise<Omit<PollResult, 'durationMs'>> {
    const reach = new Map<string, number>();
    const readers = new Set(this.#subscriptions.all);
    const tell = () => {
      const changes = this.#discovery.takeChanges();
      for (const [lane, next] of changes.advanced) reach.set(lane, next);
      this.#subscriptions.reach(changes.lanes);
    };
    try {
      const found = await this.#discovery.poll(this.#subscriptions, signal);
      tell();
      const finding = { cause: poll.cause, found: reach.size, isHinted: poll.isHinted(), reach };
      this.#trust = afterFinding(this.#trust, finding, this.#parts.clock.monotonic());
      this.#complete(found, readers);
      return { advanced: reach.size, requests: found.requests, time: found.listing.time };
    } catch (error) {
      tell();
      throw error;
    }
  }

  #complete({ listing, extent }: Findings, readers: ReadonlySet<Subscription>): void {
    const { openBatches } = this.#discovery;
    this.#subscriptions.polled(listing.startedAt, openBatches, extent, readers);
    for (const batch of openBatches.keys())
      if (this.#subscriptions.hasSeen(batch)) this.#discovery.closeBatch(batch);
    for (const listener of this.#tipsListeners) listener(listing);
  }
}
