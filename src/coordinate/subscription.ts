import { HOUR } from '../config/units.ts';
import type { LaneId } from '../log/keys.ts';
import type { KnownLane } from '../log/lane-knowledge.ts';
import type { Advance } from '../state/state.ts';
import { ActorLife } from './actor-life.ts';
import { commitAlongside } from './alongside.ts';
import { announceLetter } from './announce-letter.ts';
import { type Batch, laneBatch, replayBatch } from './batch.ts';
import { Breath } from './breath.ts';
import { CurrentMark } from './current-mark.ts';
import type { PollExtent } from './discovery.ts';
import { GroupCommit } from './group-commit.ts';
import { LaneSet } from './lane-set.ts';
import type { BatchLane } from './parked-batches.ts';
import { Recovery } from './recovery.ts';
import { type ReplayQueue, segmentReplays } from './replay-queue.ts';
import { SeenBatches } from './seen-batches.ts';
import { SinkRunners } from './sink-runners.ts';
import { SnapshotIntake } from './snapshot-intake.ts';
import type { SubscriptionMessage } from './subscription-message.ts';
import type { SubscriptionParts } from './subscription-parts.ts';
import { reportSubscription } from './subscription-report.ts';
import type { LaneReport, SubscriptionSnapshot } from './subscription-snapshot.ts';
import type { SubscriptionSpec } from './subscription-spec.ts';

export type { SubscriptionSpec } from './subscription-spec.ts';

/**
 * The actor of a subscription: tells its lanes what to fetch, takes what is ready in order, and has it
 * delivered. When it throws, everything in memory is dropped and it begins again at its saved positions.
 */
export class Subscription {
  readonly name: string;
  readonly #parts: SubscriptionParts;
  readonly #maxBatch: number;
  readonly #alongside: SubscriptionSpec['alongside'];
  readonly #lanes: LaneSet;
  readonly #runners: SinkRunners;
  readonly #commits: GroupCommit;
  readonly #replays: ReplayQueue;
  readonly #snapshot: SnapshotIntake;
  readonly #recovery: Recovery;
  readonly #mark: CurrentMark;
  readonly #seen: SeenBatches;
  readonly #life: ActorLife<SubscriptionMessage>;
  readonly #begunAt: number;
  readonly #breath: Breath;

  constructor(spec: SubscriptionSpec, parts: SubscriptionParts) {
    const { record } = parts;
    this.name = record.name;
    this.#parts = parts;
    this.#maxBatch = spec.maxBatch;
    this.#alongside = spec.alongside;
    this.#begunAt = parts.clock.monotonic();
    this.#seen = new SeenBatches(record, Math.min(HOUR, parts.forgetAfterMs));
    this.#mark = new CurrentMark(record, parts.forgetAfterMs);
    this.#life = new ActorLife<SubscriptionMessage>(
      `subscription ${this.name}`,
      {
        load: () => this.#load(),
        handle: (message) => this.#handle(message),
        work: () => this.#work(),
        rest: () => {
          this.#rest();
          this.#commits.hurry();
        },
        drop: () => this.#drop(),
        isQuiet: () => this.#runners.quiet,
        close: () => this.#close(),
      },
      parts,
    );
    const changed = () => this.#life.queueWork();
    this.#commits = new GroupCommit({
      clock: parts.clock,
      commit: (change) => this.#commit(change),
      failed: (error) => this.#life.send({ type: 'broken', error }),
    });
    this.#breath = new Breath(parts.clock, changed);
    this.#lanes = new LaneSet({ name: this.name, changed, pollSoon: () => parts.pollSoon() }, parts);
    this.#snapshot = new SnapshotIntake(parts, { changed, moved: () => this.#life.send({ type: 'moved' }) });
    this.#recovery = new Recovery(parts, changed);
    this.#replays = segmentReplays(record, parts, changed);
    this.#runners = new SinkRunners({
      name: this.name,
      ack: spec.ack ?? 'auto',
      concurrency: spec.concurrency ?? 1,
      quickMs: spec.quickMs,
      deliver: spec.deliver,
      clock: parts.clock,
      random: parts.random,
      events: parts.events,
      retry: parts.retry,
      commit: (change, when) => this.#commits.add(change, when),
      send: (message) => this.#life.send(message),
      changed,
    });
    this.#life.queueWork();
  }

  reach(lane: KnownLane): void {
    this.#life.send({ type: 'reach', lane });
  }

  /** A complete poll; its lanes were told by `reach`. Without `extent` it began before this subscription did. */
  polled(
    startedAt: number,
    batches: ReadonlyMap<string, readonly BatchLane[]>,
    extent: PollExtent | undefined,
  ): void {
    this.#life.send({ type: 'polled', startedAt, batches, extent });
  }

  /** Keys have changed: lanes that are blocked for want of one look again at once. */
  rekeyed(): void {
    this.#life.send({ type: 'rekeyed' });
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
      this.#life.isStopping ||
      (!this.#life.isDown &&
        !this.#snapshot.isOpen &&
        !this.#recovery.isOpen &&
        this.#lanes.idle &&
        this.#runners.idle &&
        this.#commits.isEmpty &&
        this.#replays.idle)
    );
  }

  snapshot(): SubscriptionSnapshot {
    const parts = this.#parts;
    const runners = this.#runners;
    const budget = parts.budget();
    return reportSubscription({
      name: this.name,
      now: parts.clock.monotonic(),
      begunAt: this.#begunAt,
      stopped: this.#life.isStopped,
      crash: this.#life.crash,
      polled: parts.polledOnce(),
      sink: runners.status,
      recovering: this.#recovery.lanes,
      pace: runners.pace,
      sinkBytes: runners.bytes,
      survey: this.#lanes.survey(budget, runners.unacknowledged, parts.storeTime()),
      requestsWaiting: parts.requestsWaiting(),
      budget,
    });
  }

  /** Keys (`laneKey`) of the lanes that are blocked. */
  blocked(): readonly string[] {
    return this.#lanes.blocked();
  }

  /** Every lane in full. */
  lanes(): readonly LaneReport[] {
    return this.#lanes.report();
  }

  /** Resolves when it has stopped, whoever asked for that. */
  get ended(): Promise<void> {
    return this.#life.ended;
  }

  /** Takes nothing new, waits for the sink, then takes the rest away from it. Idempotent. */
  stop(options?: { readonly timeoutMs: number }): Promise<void> {
    return this.#life.stop(options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #load(): void {
    this.#lanes.load(this.#parts.record.positions(), this.#parts.known());
    this.#replays.look();
    this.#snapshot.load();
    this.#recovery.load();
  }

  #handle(message: SubscriptionMessage): void {
    switch (message.type) {
      case 'reach':
        if (!this.#life.isStopping) this.#lanes.reach(message.lane);
        break;
      case 'polled':
        this.#polled(message.startedAt, message.batches);
        if (message.extent !== undefined) this.#tookPart(message.extent, message.batches);
        break;
      case 'rekeyed':
        this.#lanes.rekeyed();
        break;
      case 'moved':
        if (!this.#life.isStopping) this.#load();
        break;
      case 'broken':
        throw message.error;
      default:
        this.#runners.handle(message);
    }
  }

  #polled(startedAt: number, batches: ReadonlyMap<string, readonly BatchLane[]>): void {
    if (this.#life.isStopping) return;
    // What the poll makes of the positions is to be as near as can be.
    this.#commits.flush();
    this.#lanes.polled(startedAt);
    this.#replays.look();
    const seen = [...batches].filter(([batch, lanes]) => !this.#seen.has(batch) && this.#covers(lanes));
    this.#seen.add(seen.map(([batch]) => batch));
  }

  #tookPart(extent: PollExtent, open: ReadonlyMap<string, unknown>): void {
    if (this.#life.isStopping) return;
    const parts = this.#parts;
    this.#seen.keep((batch) => extent.batches.has(batch) || open.has(batch), parts.clock.monotonic());
    const isCurrent = () =>
      !this.#lanes.isAtRisk &&
      [...extent.unread].every((batch) => this.#seen.has(batch)) &&
      ![...extent.unheard].some((writer) => parts.reads({ writer, lane: 0 }));
    this.#mark.polled(extent, isCurrent, (awayMs) =>
      parts.events.emit('unknown-loss', { subscription: this.name, awayMs }),
    );
  }

  #covers(lanes: readonly BatchLane[]): boolean {
    return lanes.every((lane) => !this.#parts.reads(lane) || this.#lanes.covers(lane, lane.next));
  }

  #work(): void {
    if (this.#runners.hasIdle && !this.#breath.isTaken) {
      const isServed = this.#runners.begin((isFree) => this.#next(isFree));
      if (!isServed) {
        if (this.#lanes.idle && this.#runners.idle) this.#commits.flush();
        this.#parts.changed();
      }
    }
    if (!this.#snapshot.isOpen)
      this.#lanes.plan(this.#recovery.spared(this.#parts.budget()), this.#runners.bytes);
  }

  #next(isFree: (lane: string) => boolean): Batch | undefined {
    const replay = this.#replays.take();
    if (replay !== undefined) return replayBatch(replay);
    if (this.#snapshot.isOpen) return this.#snapshot.take(this.#maxBatch);
    const recovered = this.#recovery.take(this.#maxBatch);
    if (recovered !== undefined) return recovered;
    const isNext = (lane: string) => isFree(lane) && !this.#recovery.holds(lane);
    const entries = this.#lanes.gather(this.#maxBatch, isNext);
    return entries.length === 0 ? undefined : laneBatch(entries);
  }

  #commit(change: Advance): void {
    const letters = commitAlongside(change, this.#alongside, (whole) => this.#parts.record.advance(whole));
    this.#lanes.committed(change.positions ?? []);
    this.#snapshot.committed(change.snapshot);
    this.#recovery.committed(change.snapshot);
    this.#recovery.lost(letters.filter(({ recover }) => recover));
    if (change.replayed !== undefined) this.#replays.done();
    for (const letter of letters) announceLetter(letter, this.name, this.#parts.events);
  }

  #rest(): void {
    this.#lanes.close();
    this.#snapshot.reset();
    this.#recovery.reset();
    this.#breath.reset();
    this.#replays.reset();
  }

  #drop(): void {
    this.#rest();
    this.#runners.reset();
    this.#commits.drop();
  }

  #close(): void {
    this.#runners.close();
    this.#parts.stopped();
  }
}
