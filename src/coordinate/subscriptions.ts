import { BucketcastError, closedError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { kindOf, RepeatedFailures } from '../base/repeated-failures.ts';
import type { Settings } from '../config/settings.ts';
import type { LaneId } from '../log/keys.ts';
import type { KnownLane, LaneKnowledge } from '../log/lane-knowledge.ts';
import type { State } from '../state/state.ts';
import type { PollExtent, Readers } from './discovery.ts';
import { type Budget, shareOf } from './fetch-planner.ts';
import type { LaneParts } from './lane-reader.ts';
import { checkLayout } from './layout-check.ts';
import { ownWriters } from './own-writers.ts';
import type { BatchLane } from './parked-batches.ts';
import { type PositionRecord, passingRecord, savedRecord } from './position-record.ts';
import { type Start, snapshotStart } from './snapshot-start.ts';
import { parseStart, type StartPoint, startVector } from './start-vector.ts';
import { Subscription } from './subscription.ts';
import type { SubscriptionParts } from './subscription-parts.ts';
import type { SubscriptionSpec } from './subscription-spec.ts';

export interface SubscriptionsParts
  extends LaneParts,
    Pick<SubscriptionParts, 'storeTime' | 'polledOnce' | 'requestsWaiting' | 'snapshots'> {
  readonly state: State;
  readonly logger: Logger;
  readonly stop: Settings['stop'];
  /** @see CoordinatorSettings.forgetAfterMs */
  readonly forgetAfterMs: number;
  known(): LaneKnowledge;
  limits(): Settings['limits'];
  /** @see CoordinatorParts.otherReaders */
  readonly otherReaders?: () => number;
  /** Waits for a complete poll that begins now or later; rejects only with `closed`. */
  polled(): Promise<unknown>;
  pollSoon(): void;
  /** A subscription has come, gone, or finished something. */
  changed(): void;
}

interface Running {
  readonly subscription: Subscription;
  readonly reads: (id: LaneId) => boolean;
}

/** The subscriptions of a node: makes them, tells them what polls found, and divides the memory among them. */
export class Subscriptions implements Readers {
  readonly #parts: SubscriptionsParts;
  readonly #isOwn: (writer: string) => boolean;
  readonly #running = new Map<string, Running>();
  /** Being made: no start vector is saved yet. */
  readonly #starting = new Set<string>();
  readonly #controller = new AbortController();
  /** @see PollExtent.begunAt */
  #polledAt = 0;
  #unnamed = 0;

  constructor(parts: SubscriptionsParts) {
    this.#parts = parts;
    this.#isOwn = ownWriters(parts.state);
  }

  /** @see Coordinator.subscribe */
  async subscribe(spec: SubscriptionSpec): Promise<Subscription> {
    const start = parseStart(spec.from);
    this.#throwIfStopped();
    this.#unnamed += spec.name === undefined ? 1 : 0;
    const name = spec.name ?? `unnamed-${this.#unnamed}`;
    if (this.#running.has(name) || this.#starting.has(name)) {
      throw new BucketcastError(
        'invalid-settings',
        `the subscription ${JSON.stringify(name)} is running already`,
      );
    }
    this.#starting.add(name);
    try {
      return this.#run(spec, await this.#record(spec, name, start));
    } finally {
      this.#starting.delete(name);
      this.#parts.changed();
    }
  }

  get all(): Subscription[] {
    return [...this.#running.values()].map(({ subscription }) => subscription);
  }

  /** A subscription that is being made has seen no batch. */
  hasSeen(batch: string): boolean {
    return this.#starting.size === 0 && this.all.every((subscription) => subscription.hasSeen(batch));
  }

  position(id: LaneId): number | undefined {
    const positions = this.all.flatMap((subscription) => subscription.position(id) ?? []);
    return positions.length === 0 ? undefined : Math.max(...positions);
  }

  /** Whether any subscription reads the lane. */
  reads(id: LaneId): boolean {
    return [...this.#running.values()].some(({ reads }) => reads(id));
  }

  /** Tells the lanes of which a poll found something new, also one that failed midway. */
  reach(lanes: readonly KnownLane[]): void {
    for (const { subscription, reads } of this.#running.values()) {
      for (const lane of lanes) if (reads(lane)) subscription.reach(lane);
    }
  }

  /** A complete poll; `readers` were here when it began, so that it asked for all that is new to them. */
  polled(
    startedAt: number,
    batches: ReadonlyMap<string, readonly BatchLane[]>,
    extent: PollExtent,
    readers: ReadonlySet<Subscription>,
  ): void {
    this.#polledAt = extent.begunAt;
    for (const { subscription } of this.#running.values())
      subscription.polled(startedAt, batches, readers.has(subscription) ? extent : undefined);
  }

  rekeyed(): void {
    for (const { subscription } of this.#running.values()) subscription.rekeyed();
  }

  get settled(): boolean {
    return this.#starting.size === 0 && this.all.every((subscription) => subscription.settled);
  }

  async stop(timeoutMs: number): Promise<void> {
    this.#controller.abort();
    await Promise.all(this.all.map((subscription) => subscription.stop({ timeoutMs })));
  }

  async #record(spec: SubscriptionSpec, name: string, start: StartPoint): Promise<PositionRecord> {
    const { state } = this.#parts;
    if (spec.name !== undefined && state.subscription(name) !== undefined) {
      checkLayout(state, name, 'log');
      return savedRecord(state, name);
    }
    const { vector, currentAt, snapshot } = await this.#startVector(start, spec, name);
    if (spec.name === undefined) return passingRecord(name, vector, currentAt, snapshot);
    state.createSubscription(name, spec.from, vector, currentAt, snapshot);
    return savedRecord(state, name);
  }

  /** However long the store is away: that a subscription exists must mean that nothing from then on is missed. */
  async #startVector(start: StartPoint, spec: SubscriptionSpec, name: string): Promise<Start> {
    const { clock, store, retry, logger, events, snapshots } = this.#parts;
    const { signal } = this.#controller;
    const failures = new RepeatedFailures(clock);
    for (;;) {
      await this.#parts.polled();
      const currentAt = this.#polledAt;
      try {
        const reading = { ...snapshots, events, signal };
        const begun = start.type === 'snapshot' ? await snapshotStart(reading, name) : undefined;
        this.#throwIfStopped();
        if (begun !== undefined) return begun;
        const vector = await startVector(start, this.#lanesOf(spec), store, signal);
        this.#throwIfStopped();
        return { vector, currentAt };
      } catch (error) {
        this.#throwIfStopped();
        const repetition = failures.failed('start', kindOf(error));
        if (repetition)
          logger.warn(
            { err: error, subscription: spec.name, ...repetition },
            'cannot look for the place to start at; trying again',
          );
        await clock.sleep(retry.baseMs, signal);
      }
    }
  }

  #run(spec: SubscriptionSpec, record: PositionRecord): Subscription {
    const { name } = record;
    const reads = (id: LaneId) => spec.includeOwn === true || !this.#isOwn(id.writer);
    const subscription = new Subscription(spec, {
      ...this.#parts,
      record,
      known: () => this.#lanesOf(spec),
      reads,
      budget: () => this.#share(),
      stopped: () => {
        this.#running.delete(name);
        this.#parts.changed();
      },
    });
    this.#running.set(name, { subscription, reads });
    return subscription;
  }

  /** Everything known that the subscription reads. */
  #lanesOf({ includeOwn }: SubscriptionSpec): KnownLane[] {
    return [...this.#parts.known().values()].filter(
      ({ writer }) => includeOwn === true || !this.#isOwn(writer),
    );
  }

  #share(): Budget {
    const others = this.#parts.otherReaders?.() ?? 0;
    return shareOf(this.#parts.limits(), this.#running.size + others);
  }

  #throwIfStopped(): void {
    if (this.#controller.signal.aborted) throw closedError('the coordinator', this.#controller.signal);
  }
}
