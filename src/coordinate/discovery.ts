import type { Clock } from '../base/clock.ts';
import type { NodeEmitter } from '../base/events.ts';
import type { FleetKeys } from '../log/fleet-keys.ts';
import { type LaneId, type LaneReach, parseTipsKey, type Tip, tipsPrefix } from '../log/keys.ts';
import type { KnownLane, LaneKnowledge } from '../log/lane-knowledge.ts';
import { verifyTip } from '../log/tip-mac.ts';
import { listPages } from '../store/list-all.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { Claims, type LaneChanges } from './claims.ts';
import type { CoordinatorSnapshot } from './coordinator-snapshot.ts';
import { keyIdOf, keysSeen, missingKeys } from './missing-keys.ts';
import { type BatchLane, ParkedBatches } from './parked-batches.ts';
import { type ServersSeen, serversSeen } from './servers-seen.ts';
import { StoreTime } from './store-time.ts';
import { currentTwins, noTwins, watchTips } from './twin-watch.ts';

export interface DiscoveryParts {
  readonly store: Pick<ObjectStore, 'list' | 'get' | 'head'>;
  readonly clock: Clock;
  readonly events: NodeEmitter;
}

export interface DiscoverySettings {
  readonly fleetId: string;
  readonly keys: FleetKeys;
  readonly server: string;
  readonly hostId: string;
  readonly farAhead: number;
}

/** What readers know that discovery does not. */
export interface Readers {
  /** Whether every subscription has delivered all of this batch. */
  hasSeen(batch: string): boolean;
  /** The furthest position of any subscription in a lane. */
  position(id: LaneId): number | undefined;
}

/** One complete listing of `tips/`, of what verified. */
export interface TipsListing {
  /** Store time of the last page, ms since the epoch. */
  readonly time: number;
  /** Monotonic ms when the LIST began. */
  readonly startedAt: number;
  readonly tips: readonly ListedTip[];
  /** Batches that a marker announces. */
  readonly batches: readonly string[];
}

export interface ListedTip {
  readonly key: string;
  readonly tip: Tip;
}

/** The fleet as the coordinator's snapshot shows it. */
export type FleetReport = ServersSeen &
  Pick<
    CoordinatorSnapshot,
    'skewMs' | 'tips' | 'parkedWriters' | 'parkedBatches' | 'missingKeys' | 'keysSeen' | 'twins'
  >;

/** Of the last complete listing. */
interface Listed {
  readonly live: ReadonlySet<string>;
  /** By writer, the id of the key that its newest tip is signed with. */
  readonly signedBy: ReadonlyMap<string, string | undefined>;
  readonly batches: number;
  readonly skewMs: number | undefined;
  readonly unheard: readonly Tip[];
}

export interface Findings {
  readonly listing: TipsListing;
  readonly extent: PollExtent;
  readonly requests: number;
}

/** What a complete poll took in, and what it had to leave. */
export interface PollExtent {
  /** Store time of its first answer, ms: what the bucket named by then was taken in. */
  readonly begunAt: number;
  /** Store time of its last answer. */
  readonly endedAt: number;
  /** Those that a marker announced. */
  readonly batches: ReadonlySet<string>;
  /** Writers with a tip by a key that is not in the ring. */
  readonly unheard: ReadonlySet<string>;
  /** Listed batches that cannot be read. */
  readonly unread: ReadonlySet<string>;
}

/**
 * What the bucket says of the fleet. A poll LISTs `tips/`, GETs the parked batches that it does not know, and
 * joins both into what is known: numbers only rise, and that something is not listed says nothing. So a poll that
 * fails midway has done no harm, and what it learned is kept for `takeChanges`.
 */
export class Discovery {
  readonly #settings: DiscoverySettings;
  readonly #parts: DiscoveryParts;
  readonly #claims: Claims;
  readonly #batches: ParkedBatches;
  readonly #storeTime: StoreTime;
  #distrusted = new Set<string>();
  #listed: Listed = { live: new Set(), signedBy: new Map(), batches: 0, skewMs: undefined, unheard: [] };
  #twins = noTwins;
  #requests = 0;
  /** Store times of the poll's first and last answers. */
  #begunAt: number | undefined;
  #endedAt = 0;

  constructor(settings: DiscoverySettings, parts: DiscoveryParts) {
    this.#settings = settings;
    this.#parts = parts;
    const { store, clock, events } = parts;
    this.#storeTime = new StoreTime(clock);
    this.#claims = new Claims({
      head: (key, options) => this.#counted(store.head(key, options)),
      clock,
      events,
      farAhead: settings.farAhead,
    });
    this.#batches = new ParkedBatches({
      get: (key, options) => this.#counted(store.get(key, options)),
      clock,
      events,
      fleet: settings,
    });
  }

  get known(): LaneKnowledge {
    return this.#claims.known;
  }

  /** The store's time just now; `undefined` before its first answer. */
  get storeTime(): number | undefined {
    return this.#storeTime.now;
  }

  /** What the last complete listing showed, and what is known of the servers. */
  report(): FleetReport {
    const { live, signedBy, batches, skewMs, unheard } = this.#listed;
    const { server } = this.#settings;
    return {
      ...serversSeen(this.known.values(), live, server),
      ...(skewMs !== undefined && { skewMs }),
      tips: live.size,
      parkedBatches: batches,
      missingKeys: missingKeys(unheard),
      keysSeen: keysSeen(signedBy, this.#batches.keyIds),
      twins: currentTwins(this.#twins, this.#settings, this.#parts.clock.monotonic()),
    };
  }

  /** Lanes of the batches that some subscription has not delivered completely. */
  get openBatches(): ReadonlyMap<string, readonly BatchLane[]> {
    return this.#batches.open;
  }

  /** Every subscription has delivered all of the batch. */
  closeBatch(batch: string): void {
    this.#batches.close(batch);
  }

  /** Keys have changed: the next poll asks again for what could not be read. */
  rekeyed(): void {
    this.#batches.rekeyed();
  }

  /** @see Claims.told */
  told(writer: string, lanes: readonly LaneReach[], readers: Readers): KnownLane[] | undefined {
    const position = (id: LaneId) => readers.position(id);
    const news = this.#claims.told(writer, lanes, this.storeTime ?? 0, position);
    const { live } = this.#listed;
    // Its tip stands, or will in a moment: until the next poll it must not look like one that was parked.
    if (news && !live.has(writer)) this.#listed = { ...this.#listed, live: new Set(live).add(writer) };
    return news;
  }

  takeChanges(): LaneChanges {
    return this.#claims.takeChanges();
  }

  /** Throws when the store does not answer. */
  async poll(readers: Readers, signal: AbortSignal): Promise<Findings> {
    this.#requests = 0;
    this.#begunAt = undefined;
    const listing = await this.#list(readers, signal);
    const position = (id: LaneId) => readers.position(id);
    await this.#batches.fetch(
      listing.batches,
      (batch) => readers.hasSeen(batch),
      ({ writer, lanes, parkedAt }, key) => {
        const source = { key, writtenAt: writtenAt(parkedAt, listing.time) };
        this.#claims.hear(writer, lanes, source, position);
      },
      signal,
    );
    await this.#claims.confirm(signal);
    this.#reportTwins(listing);
    const extent = {
      begunAt: this.#begunAt ?? listing.time,
      endedAt: this.#endedAt,
      batches: new Set(listing.batches),
      unheard: new Set(this.#listed.unheard.map(({ writer }) => writer)),
      unread: this.#batches.unread,
    };
    return { listing, extent, requests: this.#requests };
  }

  async #list(readers: Readers, signal: AbortSignal): Promise<TipsListing> {
    const startedAt = this.#parts.clock.monotonic();
    const tips: ListedTip[] = [];
    const batches = new Set<string>();
    const heard = new Set<string>();
    const live = new Set<string>();
    const signedBy = new Map<string, string | undefined>();
    const distrusted = new Set<string>();
    const unheard: Tip[] = [];
    let time = 0;
    for await (const page of listPages(this.#parts.store, tipsPrefix, { signal })) {
      this.#requests += 1;
      time = page.time;
      this.#answered(page);
      this.#storeTime.hear(time);
      for (const { key, lastModified } of page.objects) {
        const entry = parseTipsKey(key);
        if (entry.type === 'marker') batches.add(entry.batch);
        if (entry.type !== 'tip') continue;
        signedBy.set(entry.tip.writer, keyIdOf(entry.tip.mac));
        const reason = this.#distrust(entry.tip);
        if (reason === undefined || this.#hasNoKeys) {
          if (reason === undefined) tips.push({ key, tip: entry.tip });
          heard.add(key);
          const source = { key, writtenAt: writtenAt(lastModified, time) };
          this.#claims.hear(entry.tip.writer, entry.tip.lanes, source, (id) => readers.position(id));
          live.add(entry.tip.writer);
        } else {
          if (!this.#distrusted.has(key)) this.#parts.events.emit('distrusted', { key, reason });
          distrusted.add(key);
          if (reason === unknownKey) unheard.push(entry.tip);
        }
      }
    }
    this.#distrusted = distrusted;
    this.#listed = { live, signedBy, batches: batches.size, skewMs: this.#storeTime.skewMs, unheard };
    this.#claims.keep((source) => !source.startsWith(tipsPrefix) || heard.has(source));
    return { time, startedAt, tips, batches: [...batches] };
  }

  /**
   * A node without any key can check no MAC. It hears what signed tips say, so that their lanes are blocked, and seen to
   * be, when their segments cannot be opened; but it passes them on to nobody, since it must not park their writers.
   */
  get #hasNoKeys(): boolean {
    return this.#settings.keys.ring.length === 0;
  }

  #distrust(tip: Tip): string | undefined {
    const { keys } = this.#settings;
    switch (verifyTip(tip, this.#settings)) {
      case 'ok':
        return undefined;
      case 'unsigned':
        return keys.required ? 'has no MAC, and encryption.required is set' : undefined;
      case 'unknown-key':
        return unknownKey;
      default:
        return 'its MAC is wrong';
    }
  }

  #reportTwins(listing: TipsListing): void {
    const tips = listing.tips.map(({ tip }) => tip);
    const { state, twins } = watchTips(this.#twins, tips, this.#settings, listing.startedAt);
    this.#twins = state;
    for (const twin of twins) this.#parts.events.emit('twin', twin);
  }

  async #counted<Answer extends { readonly time: number }>(asked: Promise<Answer>): Promise<Answer> {
    this.#requests += 1;
    const answer = await asked;
    this.#answered(answer);
    return answer;
  }

  #answered({ time }: { readonly time: number }): void {
    this.#begunAt ??= time;
    this.#endedAt = time;
  }
}

const unknownKey = 'is signed with a key that is not in encryption.keys';

/** What was written cannot be news of later than the answer that shows it; some stores do not say. */
function writtenAt(time: number, storeTime: number): number {
  return time > 0 && time < storeTime ? time : storeTime;
}
