import { backoffMs } from '../base/backoff.ts';
import type { Clock } from '../base/clock.ts';
import { BucketcastError, isBucketcastError } from '../base/errors.ts';
import type { NodeEmitter } from '../base/events.ts';
import type { Logger } from '../base/logger.ts';
import { type Random, randomHex } from '../base/random.ts';
import type { Settings } from '../config/settings.ts';
import type { Announcer } from '../hints/announcer.ts';
import type { FleetKeys } from '../log/fleet-keys.ts';
import { writerName } from '../log/keys.ts';
import type { Fleet } from '../log/tip-mac.ts';
import type { State } from '../state/state.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { type DurableUpdate, Incarnation } from './incarnation.ts';
import { OwnRetention } from './own-retention.ts';
import { coversLanes } from './parked-entries.ts';
import { type PendingUpdate, perhapsPublished, refuse } from './pending-update.ts';
import { Predecessors } from './predecessors.ts';
import type { TrimParts } from './trim-lane.ts';
import { type PublishTrouble, TroubleLog, type Work } from './trouble-log.ts';

export interface PublisherSettings {
  readonly settings: Settings['publish'];
  readonly retry: Settings['retry'];
  readonly retention: Settings['retention'];
  readonly server: string;
  readonly fleetId: string;
  readonly keys: FleetKeys;
  /**
   * `guest`: beside a running node on the same state directory. It leaves that node's writers alone, and answers for
   * an update only once a tip covers it. Default `node`.
   */
  readonly role?: 'node' | 'guest';
}

export interface PublisherComponents {
  /** With its decorators: `store-refused` must mean that no attempt was left without an answer. */
  readonly store: ObjectStore;
  readonly state: Pick<State, 'hostId' | 'recordWriter' | 'unparkedWriters' | 'markParked'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: Pick<NodeEmitter, 'emit'>;
  readonly logger: Logger;
  /** @see TrimParts.floor */
  readonly floor?: TrimParts['floor'];
  /** Told what is published. Default: nobody is. */
  readonly announcer?: Announcer | undefined;
}

export interface SuccessionEvents {
  storeTime(ms: number): void;
  progressed(): void;
}

/**
 * The writers of one publisher, one after the other, and what waits for one:
 *
 * | state | leaves it when |
 * |---|---|
 * | rolling forward: updates wait | this host's earlier writers are findable and parked |
 * | without a writer: nothing is written | an update comes |
 * | with a writer | a twin writes under its name, or an update comes after `retireAfterMs` of idleness |
 */
export class Succession {
  readonly #settings: PublisherSettings;
  readonly #components: PublisherComponents;
  readonly #events: SuccessionEvents;
  readonly #ended = new AbortController();
  readonly #predecessors: Predecessors;
  readonly #troubles: TroubleLog;
  readonly #survey = Promise.withResolvers<void>();
  #ready = false;
  #rolled = false;
  #begun = 0;
  #queue: PendingUpdate[] = [];
  /** Set while the store refuses what rolling forward needs: nothing can be published before it. */
  #refusal: BucketcastError | undefined;
  #incarnation: Incarnation | undefined;
  #twinsInARow = 0;
  /** Writers that were given up to a twin, and are not yet parked: updates may wait for the batch that names them. */
  #bequests = 0;

  constructor(settings: PublisherSettings, components: PublisherComponents, events: SuccessionEvents) {
    this.#settings = settings;
    this.#components = components;
    this.#events = events;
    this.#troubles = new TroubleLog(components);
    this.#predecessors = new Predecessors({
      ...components,
      retry: settings.retry,
      fleet: fleetOf(settings),
      signal: this.#ended.signal,
      maxAgeMs: settings.retention.maxAgeMs,
      marginMs: settings.retention.marginMs,
      onTrouble: (error) => {
        this.#survey.resolve();
        this.#trouble('rolling earlier writers forward', error);
        if (isBucketcastError(error, 'store-refused') && !this.#rolled) this.#refuse(error);
      },
    });
  }

  start(): void {
    const rolled = this.#settings.role === 'guest' ? Promise.resolve() : this.#predecessors.rollForward();
    rolled
      .catch((error: unknown) => this.#trouble('rolling earlier writers forward', error))
      .then(() => {
        this.#survey.resolve();
        this.#rolled = true;
        this.#troubles.worked('rolling earlier writers forward');
        this.#refusal = undefined;
        this.#open();
      })
      .catch(() => {});
  }

  add(update: PendingUpdate): void {
    if (this.#refusal && refuse(update, this.#refusal)) return;
    this.#queue.push(update);
    this.#feed();
  }

  /** Every poll from now on finds what this host's earlier writers left, or the first try to see to that has failed. */
  get surveyed(): Promise<void> {
    return this.#survey.promise;
  }

  get writer(): string | undefined {
    return this.#incarnation?.writer;
  }

  /** Writers begun so far. */
  get writers(): number {
    return this.#begun;
  }

  get trouble(): PublishTrouble | undefined {
    return this.#troubles.current;
  }

  get segmentsInFlight(): number {
    return this.#incarnation?.lanes.reduce((sum, lane) => sum + lane.segmentsInFlight, 0) ?? 0;
  }

  /** Everything is answered for, and the tip says all there is to say. */
  get settled(): boolean {
    return this.#queue.length === 0 && this.#bequests === 0 && (this.#incarnation?.settled ?? true);
  }

  /** Whether all that is durable now can be found by every poll. */
  coverage(): () => boolean {
    const incarnation = this.#incarnation;
    const reach = incarnation?.tip.wanted ?? [];
    return () => {
      if (this.#bequests > 0) return false;
      // A writer gives up its place either when its tip has said everything, or to a twin, by a bequest.
      return incarnation !== this.#incarnation || coversLanes(incarnation?.tip.acked ?? [], reach);
    };
  }

  /** From here on the tip follows at once. */
  finish(): void {
    this.#incarnation?.tip.finish();
  }

  /** After this nothing runs. */
  end(): void {
    const incarnation = this.#incarnation;
    const isComplete = incarnation?.settled === true;
    this.#ended.abort();
    incarnation?.end();
    // A guest ends often; a complete writer needs nobody to roll it forward.
    if (isComplete && this.#settings.role === 'guest') this.#components.state.markParked(incarnation.writer);
  }

  /** Until then nothing was written of what waits. */
  #refuse(error: BucketcastError): void {
    this.#refusal = error;
    this.#queue = this.#queue.filter((update) => !refuse(update, error));
  }

  #open(): void {
    if (this.#ended.signal.aborted) return;
    this.#ready = true;
    this.#feed();
  }

  #feed(): void {
    if (!this.#ready || this.#queue.length === 0 || this.#ended.signal.aborted) return;
    const { retireAfterMs } = this.#settings.settings;
    let incarnation: Incarnation;
    try {
      if (this.#incarnation?.isIdleFor(retireAfterMs)) this.#retireIdle(this.#incarnation);
      incarnation = this.#incarnation ??= this.#begin();
    } catch (error) {
      this.#rejectAll(error);
      return;
    }
    for (const update of this.#queue.splice(0)) incarnation.add(update);
  }

  /** Also what comes in for those that are rejected: it must not overtake one that is sent again. */
  #rejectAll(error: unknown): void {
    this.#ready = false;
    for (const update of this.#queue) update.reject(error);
    this.#queue = [];
    this.#ready = true;
  }

  #begin(): Incarnation {
    const { server, settings, retry, retention, role } = this.#settings;
    const { state, random } = this.#components;
    const writer = writerName({ server, hostId: state.hostId, incarnation: randomHex(random, 16) });
    state.recordWriter(writer, settings.lanes);
    this.#begun += 1;
    const incarnation = new Incarnation(
      {
        ...this.#components,
        settings,
        retry,
        fleet: fleetOf(this.#settings),
        writer,
        alwaysVisible: role === 'guest',
      },
      {
        storeTime: (ms) => this.#events.storeTime(ms),
        tipWritten: () => {
          this.#twinsInARow = 0;
          this.#troubles.worked('publishing');
        },
        twin: () => this.#retireTwin(incarnation),
        progressed: () => this.#events.progressed(),
        trouble: (error) => this.#trouble('publishing', error),
        untidy: (error) => this.#trouble('deleting older tips', error),
      },
    );
    const onTrouble = (error: unknown) => this.#trouble('trimming', error);
    const isIdle = () => incarnation.isIdleFor(settings.retireAfterMs);
    const { tip, signal } = incarnation;
    const parts = { ...this.#components, writer, tip, signal, isIdle, onTrouble };
    void new OwnRetention({ ...parts, settings: retention }).run();
    return incarnation;
  }

  /** Its last tip says everything, so it needs nobody to roll it forward; a janitor parks it. */
  #retireIdle(incarnation: Incarnation): void {
    const { state, events } = this.#components;
    incarnation.end();
    this.#incarnation = undefined;
    state.markParked(incarnation.writer);
    events.emit('retired', { writer: incarnation.writer, reason: 'idle' });
  }

  /** What is not durable is published again, with its ids and times and in order, under another name. */
  #retireTwin(incarnation: Incarnation): void {
    if (this.#incarnation !== incarnation) return;
    const { events, clock, random } = this.#components;
    const { unresolved, durable } = incarnation.end();
    this.#incarnation = undefined;
    this.#queue = [...unresolved.map(perhapsPublished), ...this.#queue];
    events.emit('retired', { writer: incarnation.writer, reason: 'twin' });
    void this.#bequeath(incarnation.writer, durable);
    // The first time is bad luck; a store that always answers so must not be flooded with new writers.
    const waitMs = this.#twinsInARow === 0 ? 0 : backoffMs(this.#twinsInARow, this.#settings.retry, random);
    this.#twinsInARow += 1;
    this.#ready = false;
    clock
      .sleep(waitMs, this.#ended.signal)
      .then(() => this.#open())
      .catch(() => {});
  }

  async #bequeath(writer: string, durable: readonly DurableUpdate[]): Promise<void> {
    this.#bequests += 1;
    const record = { writer, lanes: this.#settings.settings.lanes, createdAt: this.#components.clock.now() };
    const reached = await this.#predecessors.retired(record).catch(() => undefined);
    if (reached === undefined) return;
    this.#bequests -= 1;
    for (const { update, place } of durable) {
      if ((reached[place.lane]?.next ?? 0) > place.sequence) update.resolve(place);
      else
        update.reject(
          new BucketcastError('store-unavailable', `segment ${place.sequence} of ${writer} is gone`),
        );
    }
    this.#events.progressed();
  }

  #trouble(work: Work, error: unknown): void {
    if (!this.#ended.signal.aborted) this.#troubles.failed(work, error);
  }
}

function fleetOf({ fleetId, keys }: PublisherSettings): Fleet {
  return { fleetId, keys };
}
