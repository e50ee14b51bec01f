import type { Clock } from '../base/clock.ts';
import type { NodeEmitter } from '../base/events.ts';
import type { Random } from '../base/random.ts';
import { settledWithin } from '../base/settled-within.ts';
import type { Settings } from '../config/settings.ts';
import type { TipsListing } from '../coordinate/discovery.ts';
import { beatHost, beatKey } from '../log/beat-keys.ts';
import { signBeat } from '../log/beat-mac.ts';
import type { Fleet } from '../log/tip-mac.ts';
import { deleteKeys } from '../publish/delete-keys.ts';
import type { State } from '../state/state.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { alarmKey, type BeatAlarm, beatAlarms } from './beat-alarms.ts';
import { type BeatListing, listBeats } from './beat-listing.ts';
import { type BeatsState, hearBeats, rememberedBeats } from './beat-watch.ts';
import { OwnTips } from './own-tips.ts';
import { TipMoves } from './tip-moves.ts';

export interface HeartbeatSettings extends Fleet, Pick<Settings, 'heartbeat' | 'publish'> {
  readonly server: string;
}

export interface HeartbeatParts {
  readonly store: Pick<ObjectStore, 'list' | 'put' | 'delete' | 'deleteMany'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: NodeEmitter;
  readonly state: Pick<State, 'hostId' | 'beats'>;
  readonly tips: {
    onTips(listener: (listing: TipsListing) => void): () => void;
    reached(writer: string): number;
  };
}

export interface HeartbeatSnapshot {
  readonly intervalMs: number;
  /** Beats of this process that the bucket has acknowledged, and how long ago the last was. */
  readonly beats: number;
  readonly agoMs: number | undefined;
  /** Hosts heard of, besides this one. */
  readonly hosts: number;
  readonly alarms: readonly BeatAlarm[];
  /** Why the last round failed; absent when it did not. */
  readonly error?: unknown;
}

/**
 * Says in the bucket at regular times that this server lives, and listens to the others. A round is a LIST of all beats, a PUT and a DELETE
 * of the one before; what a listing means is decided in `beat-watch.ts` and `beat-alarms.ts`. The LIST comes first, so
 * that the store has had an interval to show our last beat.
 */
export class Heartbeat {
  readonly #settings: HeartbeatSettings;
  readonly #parts: HeartbeatParts;
  readonly #host: string;
  readonly #ended = new AbortController();
  readonly #moves: TipMoves;
  readonly #ownTips: OwnTips;
  #state: BeatsState;
  /** The last count that was used, and the last that the bucket acknowledged. */
  #count: number;
  #acked: number;
  #standing: readonly string[] = [];
  #told = new Map<string, BeatAlarm>();
  #forged: ReadonlySet<string> = new Set();
  #beats = 0;
  #beatAt: number | undefined;
  #error: unknown;
  #rounds: Promise<void> | undefined;

  constructor(settings: HeartbeatSettings, parts: HeartbeatParts) {
    const { state, clock, tips } = parts;
    this.#settings = settings;
    this.#parts = parts;
    this.#host = beatHost(settings.server, state.hostId);
    const heard = state.beats.all();
    this.#count = heard.find(({ host }) => host === this.#host)?.count ?? 0;
    this.#acked = this.#count;
    const others = heard.filter(({ host }) => host !== this.#host);
    this.#state = rememberedBeats(others, this.#count, clock.monotonic());
    this.#moves = new TipMoves(tips);
    this.#ownTips = new OwnTips({ ...parts, freshMs: settings.publish.retireAfterMs });
  }

  start(): void {
    this.#rounds ??= this.#run();
  }

  /** Takes its leave, for at most `timeoutMs`, so that nobody waits for its next beat. Idempotent. */
  async stop({ timeoutMs }: { readonly timeoutMs: number }): Promise<void> {
    if (this.#ended.signal.aborted) return;
    this.#ended.abort();
    this.#moves.stop();
    this.#ownTips.stop();
    await this.#rounds;
    // Whoever was never heard is not waited for.
    if (this.#beats === 0 || timeoutMs <= 0) return;
    const leaving = new AbortController();
    const left = this.#beat(0, leaving.signal).catch(() => {});
    await settledWithin(this.#parts.clock, timeoutMs, left);
    leaving.abort();
    await left;
  }

  snapshot(): HeartbeatSnapshot {
    const { clock } = this.#parts;
    return {
      intervalMs: this.#settings.heartbeat.intervalMs,
      beats: this.#beats,
      agoMs: this.#beatAt === undefined ? undefined : clock.monotonic() - this.#beatAt,
      hosts: this.#state.hosts.size,
      alarms: [...this.#told.values()],
      ...(this.#error !== undefined && { error: this.#error }),
    };
  }

  async #run(): Promise<void> {
    const { clock, random, events } = this.#parts;
    const { intervalMs } = this.#settings.heartbeat;
    const { signal } = this.#ended;
    while (!signal.aborted) {
      try {
        await this.#round(signal);
        if (this.#error !== undefined) events.emit('heartbeat-recovered', {});
        this.#error = undefined;
      } catch (error) {
        if (signal.aborted) return;
        this.#error = error;
        events.emit('heartbeat-failed', { error });
      }
      await clock.sleep(intervalMs * (0.95 + random.float() / 10), signal).catch(() => {});
    }
  }

  async #round(signal: AbortSignal): Promise<void> {
    const { store, clock } = this.#parts;
    const listing = await listBeats({ store, clock, fleet: this.#settings, ownHost: this.#host, signal });
    this.#hear(listing);
    const { intervalMs } = this.#settings.heartbeat;
    await this.#beat(intervalMs, signal);
  }

  #hear(listing: BeatListing): void {
    const { state, tips, events } = this.#parts;
    for (const key of listing.forged)
      if (!this.#forged.has(key)) events.emit('distrusted', { key, reason: 'its MAC is wrong' });
    this.#forged = new Set(listing.forged);
    const { heartbeat } = this.#settings;
    const context = {
      ownHost: this.#host,
      ...heartbeat,
      reached: (writer: string) => tips.reached(writer),
    };
    // A state directory that was restored must not make our own beats go back.
    const own = listing.newest.get(this.#host)?.count ?? 0;
    if (own > this.#count) [this.#count, this.#acked] = [own, own];
    const heard = hearBeats(this.#state, listing, context);
    this.#state = heard.state;
    state.beats.save(heard.risen, heard.gone);
    this.#standing = listing.ownKeys;
    const moves = this.#moves;
    const alarms = beatAlarms(heard.state, listing, {
      ...context,
      ownAcked: this.#acked,
      tipsMovedAt: (host) => moves.at(host),
      polledAt: moves.polledAt,
    });
    this.#tell(alarms);
  }

  #tell(alarms: readonly BeatAlarm[]): void {
    const { events } = this.#parts;
    const before = this.#told;
    this.#told = new Map(alarms.map((alarm) => [alarmKey(alarm), alarm]));
    for (const [key, alarm] of this.#told) if (!before.has(key)) events.emit('heartbeat-alarm', alarm);
    for (const [key, { kind, server, hostId }] of before)
      if (!this.#told.has(key)) events.emit('heartbeat-well', { kind, server, hostId });
  }

  async #beat(everyMs: number, signal: AbortSignal): Promise<void> {
    const { state, store, clock } = this.#parts;
    const announced = everyMs === 0 ? undefined : this.#ownTips.announced;
    const count = this.#count + 1;
    this.#count = count;
    // Before it is sent: a count is never used twice.
    state.beats.save([{ host: this.#host, count, everyMs, heardAt: clock.now() }]);
    const beat = { host: this.#host, count, everyMs, ...(announced && { announced }) };
    const key = beatKey(signBeat(beat, this.#settings));
    const older = this.#standing;
    this.#standing = [...older, key];
    await store.put(key, new Uint8Array(), { signal });
    this.#acked = count;
    this.#beats += 1;
    this.#beatAt = clock.monotonic();
    await deleteKeys(older, { store, signal });
    this.#standing = [key];
  }
}
