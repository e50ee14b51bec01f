import { Mailbox } from '../base/mailbox.ts';
import type { Settings } from '../config/settings.ts';
import type { LaneId } from '../log/keys.ts';
import type { KnownLane } from '../log/lane-knowledge.ts';
import type { Advance, DeadLetter } from '../state/state.ts';
import { laneBatch, replayBatch } from './batch.ts';
import { CurrentMark } from './current-mark.ts';
import type { PollExtent } from './discovery.ts';
import type { Budget } from './fetch-planner.ts';
import type { LaneParts } from './lane-reader.ts';
import { LaneSet } from './lane-set.ts';
import type { BatchLane } from './parked-batches.ts';
import type { PositionRecord } from './position-record.ts';
import { ReplayQueue } from './replay-queue.ts';
import { type Deliver, type RunnerMessage, SinkRunner } from './sink-runner.ts';
import type { LaneReport, SubscriptionSnapshot } from './subscription-snapshot.ts';
import { Supervisor } from './supervisor.ts';

export interface SubscriptionSpec {
  /** Under which its position is remembered; absent: nothing outlives the process. */
  readonly name?: string;
  /** `earliest`, `latest` or an ISO 8601 time; only a subscription that does not exist yet begins there. */
  readonly from: string;
  /** Whether updates of this state directory's own writers come too. Default: not. */
  readonly includeOwn?: boolean;
  /** `auto` (default): a batch is acknowledged when `deliver` returns. */
  readonly ack?: 'auto' | 'explicit';
  /** Most updates handed over at once. */
  readonly maxBatch: number;
  /**
   * Gets the updates of one or several lanes, each lane in order, one batch at a time: the next one comes when this one
   * is acknowledged and the call has returned. A `PoisonError` makes a dead letter of an update; any other error
   * pauses the subscription, and what is not acknowledged is handed over again.
   */
  readonly deliver: Deliver;
}

export interface SubscriptionParts extends LaneParts {
  readonly record: PositionRecord;
  readonly stop: Settings['stop'];
  /** @see CoordinatorSettings.forgetAfterMs */
  readonly forgetAfterMs: number;
  /** Everything known of the lanes that this subscription reads. */
  known(): Iterable<KnownLane>;
  /** Whether it reads the lane at all: not those of our own writers, unless asked to. */
  reads(id: LaneId): boolean;
  /** This subscription's share. */
  budget(): Budget;
  pollSoon(): void;
  /** Something was delivered or committed. */
  changed(): void;
  stopped(): void;
}

type Message =
  | RunnerMessage
  | { readonly type: 'work' }
  | {
      readonly type: 'polled';
      readonly startedAt: number;
      readonly batches: ReadonlyMap<string, readonly BatchLane[]>;
      readonly extent: PollExtent | undefined;
    }
  | { readonly type: 'reach'; readonly lane: KnownLane };

/**
 * The actor of a subscription: tells its lanes what to fetch, takes what is ready in order, and has it
 * delivered. When it throws, everything in memory is dropped and it begins again at its saved positions.
 */
export class Subscription {
  readonly name: string;
  readonly #parts: SubscriptionParts;
  readonly #maxBatch: number;
  readonly #lanes: LaneSet;
  readonly #runner: SinkRunner;
  readonly #replays: ReplayQueue;
  readonly #mark: CurrentMark;
  readonly #seen: Set<string>;
  readonly #mailbox: Mailbox<Message>;
  readonly #supervisor: Supervisor;
  #down = true;
  #workQueued = false;
  readonly #ended = Promise.withResolvers<void>();
  #stopping: Promise<void> | undefined;
  #stopped = false;
  #onQuiet: (() => void) | undefined;

  constructor(spec: SubscriptionSpec, parts: SubscriptionParts) {
    const { record } = parts;
    this.name = record.name;
    this.#parts = parts;
    this.#maxBatch = spec.maxBatch;
    this.#seen = new Set(record.seenBatches());
    this.#mark = new CurrentMark(record, parts.forgetAfterMs);
    this.#supervisor = new Supervisor(`subscription ${this.name}`, parts);
    this.#mailbox = new Mailbox(
      (message) => this.#handle(message),
      (error) => this.#crashed(error),
    );
    const changed = () => this.#queueWork();
    this.#lanes = new LaneSet({ name: this.name, changed, pollSoon: () => parts.pollSoon() }, parts);
    this.#replays = new ReplayQueue(record, parts, changed);
    this.#runner = new SinkRunner({
      name: this.name,
      ack: spec.ack ?? 'auto',
      deliver: spec.deliver,
      clock: parts.clock,
      random: parts.random,
      events: parts.events,
      retry: parts.retry,
      commit: (change) => this.#commit(change),
      send: (message) => this.#mailbox.send(message),
      changed,
    });
    this.#queueWork();
  }

  reach(lane: KnownLane): void {
    this.#mailbox.send({ type: 'reach', lane });
  }

  /** A complete poll; its lanes were told by `reach`. Without `extent` it began before this subscription did. */
  polled(
    startedAt: number,
    batches: ReadonlyMap<string, readonly BatchLane[]>,
    extent: PollExtent | undefined,
  ): void {
    this.#mailbox.send({ type: 'polled', startedAt, batches, extent });
  }

  hasSeen(batch: string): boolean {
    return this.#seen.has(batch);
  }

  /** The next segment to acknowledge. */
  position(id: LaneId): number | undefined {
    return this.#lanes.position(id);
  }

  /** Everything known is delivered, acknowledged and committed. */
  get settled(): boolean {
    return (
      this.#stopping !== undefined ||
      (!this.#down && this.#lanes.idle && this.#runner.idle && this.#replays.idle)
    );
  }

  snapshot(): SubscriptionSnapshot {
    const { held, fetches } = this.#lanes.bytes(this.#parts.budget());
    const running = this.#runner.paused ? 'paused' : 'running';
    const up = this.#down ? 'crashed' : running;
    return {
      name: this.name,
      state: this.#stopped ? 'stopped' : up,
      failures: this.#runner.failures,
      lag: this.#lanes.lag(),
      lagUpdates: { count: this.#lanes.lag(), exact: this.#lanes.lag() === 0 },
      lagSeconds: 0,
      waiting: { reason: this.#lanes.lag() === 0 ? 'caught-up' : 'first-poll', forMs: 0 },
      delivered: 0,
      bytesHeld: held + this.#runner.bytes,
      fetches,
      laneCounts: { total: this.#lanes.size, behind: 0, blocked: 0, missing: 0 },
      slowest: [],
    };
  }

  /** Every lane in full. */
  lanes(): readonly LaneReport[] {
    return this.#lanes.report();
  }

  /** Resolves when it has stopped, whoever asked for that. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** Takes nothing new, waits for the sink, then takes the rest away from it. Idempotent. */
  stop({ timeoutMs }: { readonly timeoutMs: number } = this.#parts.stop): Promise<void> {
    this.#stopping ??= this.#stop(timeoutMs);
    return this.#stopping;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #stop(timeoutMs: number): Promise<void> {
    this.#lanes.close();
    this.#replays.reset();
    await this.#drain(timeoutMs);
    this.#stopped = true;
    this.#runner.close();
    this.#mailbox.close();
    this.#supervisor.close();
    this.#parts.stopped();
    this.#ended.resolve();
  }

  /** Until the sink is through with what it has, at most `timeoutMs`. */
  #drain(timeoutMs: number): Promise<void> {
    if (this.#runner.quiet || timeoutMs <= 0) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.#parts.clock.after(timeoutMs, resolve);
      this.#onQuiet = () => {
        cancel();
        resolve();
      };
    });
  }

  #queueWork(): void {
    if (this.#workQueued) return;
    this.#workQueued = true;
    queueMicrotask(() => {
      this.#workQueued = false;
      this.#mailbox.send({ type: 'work' });
    });
  }

  #handle(message: Message): void {
    if (this.#down) this.#load();
    switch (message.type) {
      case 'work':
        break;
      case 'reach':
        if (this.#stopping === undefined) this.#lanes.reach(message.lane);
        break;
      case 'polled':
        this.#polled(message.startedAt, message.batches);
        if (message.extent !== undefined) this.#moveMark(message.extent);
        break;
      default:
        this.#runner.handle(message);
    }
    this.#work();
  }

  #load(): void {
    if (this.#stopping === undefined) {
      this.#lanes.load(this.#parts.record.positions(), this.#parts.known());
      this.#replays.look();
    }
    this.#down = false;
  }

  #polled(startedAt: number, batches: ReadonlyMap<string, readonly BatchLane[]>): void {
    if (this.#stopping !== undefined) return;
    this.#lanes.polled(startedAt);
    this.#replays.look();
    const seen = [...batches].filter(([batch, lanes]) => !this.#seen.has(batch) && this.#covers(lanes));
    if (seen.length === 0) return;
    const seenBatches = seen.map(([batch]) => batch);
    this.#parts.record.advance({ seenBatches });
    for (const batch of seenBatches) this.#seen.add(batch);
  }

  #moveMark(extent: PollExtent): void {
    if (this.#stopping !== undefined) return;
    const { reads, events } = this.#parts;
    const isCurrent = () =>
      !this.#lanes.isAtRisk &&
      extent.unread.isSubsetOf(this.#seen) &&
      ![...extent.unheard].some((writer) => reads({ writer, lane: 0 }));
    this.#mark.polled(extent, isCurrent, (awayMs) =>
      events.emit('unknown-loss', { subscription: this.name, awayMs }),
    );
  }

  #covers(lanes: readonly BatchLane[]): boolean {
    return lanes.every((lane) => !this.#parts.reads(lane) || this.#lanes.covers(lane, lane.next));
  }

  #work(): void {
    if (this.#stopping !== undefined) {
      if (this.#runner.quiet) this.#onQuiet?.();
      return;
    }
    if (this.#runner.idle) {
      const replay = this.#replays.take();
      const entries = replay === undefined ? this.#lanes.gather(this.#maxBatch) : [];
      if (replay !== undefined) this.#runner.begin(replayBatch(replay));
      else if (entries.length > 0) this.#runner.begin(laneBatch(entries));
      else this.#parts.changed();
    }
    this.#lanes.plan(this.#parts.budget(), this.#runner.bytes);
  }

  #commit(change: Advance): void {
    const letters = this.#parts.record.advance(change);
    this.#lanes.committed(change.positions ?? []);
    if (change.replayed !== undefined) this.#replays.done();
    for (const letter of letters) this.#announce(letter);
  }

  #announce({ id, reason, message, writer, lane, sequence, endSequence, key }: DeadLetter): void {
    const { events } = this.#parts;
    const subscription = this.name;
    if (reason !== 'poison') {
      events.emit('gap', { subscription, writer, lane, reason, from: sequence, to: endSequence, key });
    }
    events.emit('dead-letter', { subscription, reason, id, message });
  }

  #crashed(error: unknown): void {
    this.#down = true;
    this.#lanes.close();
    this.#runner.reset();
    this.#replays.reset();
    this.#supervisor.crashed(error, () => {
      this.#mailbox.resume();
      this.#queueWork();
    });
  }
}
