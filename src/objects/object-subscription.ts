import { ActorLife } from '../coordinate/actor-life.ts';
import { commitAlongside } from '../coordinate/alongside.ts';
import { laneBatch, replayBatch } from '../coordinate/batch.ts';
import { Breath } from '../coordinate/breath.ts';
import { ReplayQueue } from '../coordinate/replay-queue.ts';
import { type RunnerMessage, SinkRunner } from '../coordinate/sink-runner.ts';
import { reportSubscription } from '../coordinate/subscription-report.ts';
import type { SubscriptionSnapshot } from '../coordinate/subscription-snapshot.ts';
import type { ObjectsPage } from '../log/object-reader.ts';
import type { Advance } from '../state/state.ts';
import type { KnownObjects } from './known-objects.ts';
import type { ListingReader } from './listing-reader.ts';
import { ObjectIntake } from './object-intake.ts';
import { prepareObjectReplay } from './object-replay.ts';
import type { ObjectSubscriptionParts, ObjectSubscriptionSpec } from './object-subscription-parts.ts';
import { ObjectsInHand } from './objects-in-hand.ts';

type Message = RunnerMessage | { readonly type: 'look' };

/**
 * The actor of a subscription of the objects layout: hears listings, has what they found fetched, and has what arrived
 * delivered, in no order. When it throws, what was under way is dropped and begins again from what is pending.
 */
export class ObjectSubscription implements ListingReader {
  readonly name: string;
  readonly #parts: ObjectSubscriptionParts;
  readonly #known: KnownObjects;
  readonly #maxBatch: number;
  readonly #alongside: ObjectSubscriptionSpec['alongside'];
  readonly #intake: ObjectIntake;
  readonly #runner: SinkRunner;
  readonly #replays: ReplayQueue;
  readonly #life: ActorLife<Message>;
  readonly #breath: Breath;
  readonly #begunAt: number;
  readonly #inHand = new ObjectsInHand();
  /** When there last was nothing to read, monotonic ms. */
  #openSince: number;
  /** A page of the listing under way could not be kept, so what it lacks says nothing. */
  #deaf = true;

  constructor(spec: ObjectSubscriptionSpec, parts: ObjectSubscriptionParts) {
    const { skipCopies } = spec;
    this.name = parts.name;
    this.#parts = parts;
    this.#known = parts.known;
    this.#maxBatch = spec.maxBatch;
    this.#alongside = spec.alongside;
    this.#begunAt = parts.clock.monotonic();
    this.#openSince = this.#begunAt;
    this.#life = new ActorLife<Message>(
      `subscription ${this.name}`,
      {
        load: () => this.#replays.look(),
        handle: (message) => this.#handle(message),
        work: () => this.#work(),
        rest: () => this.#rest(),
        drop: () => this.#drop(),
        isQuiet: () => this.#runner.quiet,
        close: () => this.#close(),
      },
      parts,
    );
    const changed = () => this.#life.queueWork();
    this.#breath = new Breath(parts.clock, changed);
    this.#intake = new ObjectIntake({
      ...parts,
      skipCopies,
      take: (after, limit) => parts.known.take(after, limit),
      changed,
      broken: (error) => this.#life.send({ type: 'broken', error }),
    });
    this.#replays = new ReplayQueue(
      parts.letters,
      (letter, signal) => prepareObjectReplay(letter, { ...parts, skipCopies }, signal),
      changed,
    );
    this.#runner = new SinkRunner({
      ...parts,
      ack: spec.ack ?? 'auto',
      deliver: spec.deliver,
      commit: (change) => this.#commit(change),
      send: (message) => this.#life.send(message),
      changed,
    });
    this.#life.queueWork();
  }

  /** Whether the key is that of an object it reads. */
  wants(key: string): boolean {
    return this.#parts.wants(key);
  }

  beginListing(): void {
    this.#deaf = false;
    this.#known.beginListing();
  }

  hear(page: ObjectsPage): number {
    if (this.#life.isStopping || this.#deaf) return 0;
    if (this.#known.pending === 0) this.#openSince = this.#parts.clock.monotonic();
    try {
      const found = this.#known.hear(page, this.#parts.wants);
      if (found > 0) this.#life.queueWork();
      return found;
    } catch (error) {
      this.#misheard(error);
      return 0;
    }
  }

  async endListing(): Promise<void> {
    if (this.#life.isStopping || this.#deaf) return;
    try {
      await this.#known.endListing();
    } catch (error) {
      if (!this.#life.isStopping) this.#misheard(error);
    }
    this.#life.send({ type: 'look' });
  }

  /** Everything known is delivered, acknowledged and committed. */
  get settled(): boolean {
    const isIdle = this.#known.pending === 0 && this.#runner.idle && this.#replays.idle;
    return this.#life.isStopping || (!this.#life.isDown && isIdle);
  }

  /** Versions that it knows, and the memory that they take. */
  get size(): KnownObjects['size'] {
    return this.#known.size;
  }

  snapshot(): SubscriptionSnapshot {
    const parts = this.#parts;
    const runner = this.#runner;
    const budget = parts.budget();
    const lag = this.#known.pending;
    const inHand = this.#inHand.size;
    const status = this.#intake.status(Math.max(0, lag - inHand - this.#intake.taken), budget, runner.bytes);
    return reportSubscription({
      name: this.name,
      now: parts.clock.monotonic(),
      begunAt: this.#begunAt,
      stopped: this.#life.isStopped,
      crash: this.#life.crash,
      polled: parts.listedOnce(),
      sink: runner.status,
      recovering: 0,
      pace: runner.pace,
      sinkBytes: runner.bytes,
      survey: {
        lag,
        lagUpdates: { count: lag, exact: true },
        lagSeconds: this.#lagSeconds(),
        counts: { total: 0, behind: 0, blocked: 0, missing: 0 },
        slowest: [],
        status: { ...status, openSince: this.#openSince },
      },
      requestsWaiting: parts.requestsWaiting(),
      budget,
    });
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

  #handle(message: Message): void {
    if (message.type !== 'look') this.#runner.handle(message);
    else if (!this.#life.isStopping) this.#replays.look();
  }

  #work(): void {
    this.#intake.plan(this.#parts.budget(), this.#runner.bytes, this.#maxBatch);
    if (!this.#runner.idle || this.#breath.isTaken) return;
    const replay = this.#replays.take();
    if (replay !== undefined) {
      this.#inHand.takeLetter(replay, this.#parts.prefix);
      this.#runner.begin(replayBatch(replay));
      return;
    }
    const ready = this.#intake.gather(this.#maxBatch);
    if (ready.length > 0) {
      this.#inHand.take(ready);
      this.#runner.begin(laneBatch(ready.map(({ entry }) => entry)));
      return;
    }
    this.#parts.changed();
  }

  #commit(asked: Advance): void {
    const { change, objects } = this.#inHand.named(asked);
    const letters = commitAlongside(change, this.#alongside, (whole) => this.#known.advance(whole, objects));
    this.#inHand.committed(asked);
    if (asked.replayed !== undefined) this.#replays.done();
    for (const { id, reason, message } of letters)
      this.#parts.events.emit('dead-letter', { subscription: this.name, reason, id, message });
  }

  #lagSeconds(): number {
    const oldest = this.#known.oldest();
    const now = this.#parts.storeTime();
    return oldest === undefined || now === undefined ? 0 : Math.max(0, Math.round(now - oldest) / 1000);
  }

  #misheard(error: unknown): void {
    this.#deaf = true;
    this.#life.send({ type: 'broken', error });
  }

  #rest(): void {
    this.#intake.reset();
    this.#breath.reset();
    this.#replays.reset();
  }

  #drop(): void {
    this.#rest();
    this.#runner.reset();
    this.#inHand.clear();
  }

  #close(): void {
    this.#runner.close();
    this.#parts.stopped();
  }
}
