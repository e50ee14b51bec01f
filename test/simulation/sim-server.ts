import type { NodeEvents } from '../../src/base/events.ts';
import type { Update } from '../../src/base/update.ts';
import type { SettingsInput } from '../../src/config/settings.ts';
import { type BucketcastNode, createNode } from '../../src/node.ts';
import type { Published, Spooled } from '../../src/publish/published.ts';
import { openMemoryState } from '../../src/state/open-state.ts';
import type { State } from '../../src/state/state.ts';
import type { LedgerEntry } from '../ledger/entries.ts';
import { readerName, recordingState } from '../ledger/recording-state.ts';
import type { SeededRandom } from '../support/seeded-random.ts';
import { claim } from './claiming.ts';
import { countedEvents } from './counted-events.ts';
import { checkLoss, withoutTrimmed } from './losses.ts';
import { NodeClock } from './node-clock.ts';
import { read } from './sim-reader.ts';
import { SimStore } from './sim-store.ts';
import { tracingLogger } from './tracing-logger.ts';
import type { ServerPlan, World } from './world.ts';

/** A server of the simulated fleet: its state directory outlives its process, which is killed and started at will. */
export class SimServer {
  readonly plan: ServerPlan;
  readonly #world: World;
  readonly #state: State;
  readonly #random: SeededRandom;
  #clock: NodeClock | undefined;
  #node: BucketcastNode | undefined;
  #session = 0;
  #calls = 0;
  #stillSince: number | undefined;
  #heals = false;

  constructor(world: World, plan: ServerPlan) {
    this.#world = world;
    this.plan = plan;
    this.#random = world.random.fork();
    this.#state = recordingState(openMemoryState({ clock: world.clock, random: this.#random.fork() }), {
      server: plan.name,
      write: (entry) => this.#write(entry.type === 'subscribed' ? withoutTrimmed(world, entry) : entry),
      onLost: (lost) => checkLoss(world, lost, plan),
    });
  }

  get running(): boolean {
    return this.#node !== undefined;
  }

  start(): void {
    this.kill();
    const world = this.#world;
    const clock = new NodeClock(world.clock, this.plan.clockOffsetMs, this.plan.clockRate);
    const random = this.#random.fork();
    const faults = () => world.faults;
    const trace = world.trace && ((line: string) => world.trace?.(`${this.plan.name} ${line}`));
    trace?.('starts');
    const store = new SimStore({
      bucket: world.bucket,
      world: world.clock,
      clock,
      random: random.fork(),
      faults,
      trace,
    });
    this.#session += 1;
    this.#clock = clock;
    const node = createNode(
      {
        ...world.settings,
        ...this.#keys(),
        server: this.plan.name,
        spool: { enabled: this.plan.spool },
      },
      {
        store,
        state: this.#state,
        clock,
        random,
        ...(world.bus && { hintTransports: [world.bus.connect(clock)] }),
        ...(trace && { logger: tracingLogger(trace) }),
      },
    );
    this.#node = node;
    for (const name of countedEvents) {
      node.events.on(name, (facts) => {
        const reason = (facts as { reason?: string }).reason;
        const key = reason && name !== 'distrusted' ? `${name} ${reason}` : name;
        this.#count(key);
        trace?.(`event ${name} ${JSON.stringify(facts)}`);
        if (name === 'unknown-loss') {
          const { subscription } = facts as NodeEvents['unknown-loss'];
          this.#write({ type: name, reader: readerName(this.plan.name, subscription) });
        }
      });
    }
    void node.start({ waitForStore: true }).then(
      () => this.#subscribe(node),
      (error: unknown) => this.#startFailed(node, error),
    );
  }

  /** As `kill -9`: nothing of the process runs on; what it had sent may still happen. */
  kill(): void {
    if (this.#clock) this.#world.trace?.(`${this.plan.name} is killed`);
    this.#countHints();
    this.#clock?.kill();
    this.#clock = undefined;
    this.#node = undefined;
    this.#stillSince = undefined;
  }

  /** A clean stop; `kill()` or the next `start()` cuts it short. */
  stop(): void {
    const node = this.#node;
    const clock = this.#clock;
    this.#node = undefined;
    void node?.stop().then(
      () => clock?.kill(),
      (error: unknown) => this.#fail('stop', error),
    );
  }

  /** The keys that it has been given so far. */
  #keys(): Pick<SettingsInput, 'encryption'> {
    const { encryption } = this.#world.settings;
    if (encryption === undefined) return {};
    const { lateKey, writesOlder } = this.plan;
    const keys = lateKey && !this.#world.isCalm ? encryption.keys?.slice(0, 1) : encryption.keys;
    const active = lateKey || writesOlder ? keys?.[0]?.id : encryption.active;
    return { encryption: { ...encryption, keys, active } };
  }

  /** Until `resume()`. */
  sleepMachine(): void {
    this.#world.trace?.(`${this.plan.name} falls asleep`);
    this.#stillSince ??= this.#world.clock.monotonic();
    this.#clock?.sleepMachine();
  }

  pause(): void {
    this.#world.trace?.(`${this.plan.name} is paused`);
    this.#stillSince ??= this.#world.clock.monotonic();
    this.#clock?.pause();
  }

  resume(): void {
    this.#world.trace?.(`${this.plan.name} goes on`);
    const { clock, settings, overslept, cloned } = this.#world;
    const stillMs = clock.monotonic() - (this.#stillSince ?? clock.monotonic());
    if (this.writer && stillMs > (settings.janitor?.forgetAfterMs ?? 0)) overslept.add(this.writer);
    this.#stillSince = undefined;
    // What the clone wrote may be gone by retention, and then nothing tells the sleeper that there was one.
    const sleptOver = stillMs > (settings.retention?.maxAgeMs ?? 0);
    if (this.writer && sleptOver && cloned.has(this.writer)) this.kill();
    this.#clock?.resume();
  }

  publish(): void {
    const node = this.#node;
    if (!node) return;
    const token = `${this.plan.name}-${this.#calls++}`;
    const poison = this.#random.chance(this.plan.poison);
    const content = { token, poison, filler: 'x'.repeat(this.#random.below(200)) };
    this.#world.ledger.push({
      type: 'called',
      server: this.plan.name,
      token,
      digest: JSON.stringify(content),
    });
    const { isJoined } = this;
    const update = { url: `https://example.com/${this.#random.below(5)}`, content, data: { token } };
    const visible = this.plan.spool && this.#random.chance(0.2);
    node.publish(update, { visible }).then(
      (published) => {
        this.#world.ledger.push(answered(token, published));
        this.#count(published.durable);
      },
      (error: { code?: string }) => {
        this.#world.ledger.push({ type: 'rejected', token, code: String(error.code) });
        const mayBeUnknown = !isJoined || this.#world.happened.has('retired twin');
        const expected = ['store-refused', 'closed', ...(mayBeUnknown ? ['store-unavailable'] : [])];
        if (!expected.includes(String(error.code))) this.#fail('publish', error);
      },
    );
  }

  /** Wants to be the only one that works on some URL. */
  claim(): void {
    const { claims: watch, chance } = this.#world;
    const [node, clock] = [this.#node, this.#clock];
    if (!node || !clock || !watch || this.#stillSince !== undefined) return;
    const happened = (what: string) => this.#count(what);
    claim({ node, server: this.plan.name, clock, random: chance.fork(), watch, happened }).catch(
      (error: unknown) => this.#fail('claim', error),
    );
  }

  /** Updates on its disk that are not known to be in the bucket. */
  get spooled(): number {
    return this.#state.spool.totals().updates;
  }

  get isJoined(): boolean {
    try {
      return this.#node?.snapshot().phase !== 'joining';
    } catch {
      return false;
    }
  }

  /** The writer it publishes under just now. */
  get writer(): string | undefined {
    try {
      return this.#node?.snapshot().publishing?.writer;
    } catch {
      return undefined;
    }
  }

  get node(): BucketcastNode | undefined {
    return this.#node;
  }

  /** Asks for every dead letter again; from here on its handlers take what they blamed before. */
  replayDeadLetters(): void {
    this.#heals = true;
    this.#state.requestReplay(this.#state.deadLetters({ withoutBytes: true }).map(({ id }) => id));
  }

  /** Dead letters that were asked for again, and have come to nothing yet. */
  get replaysLeft(): number {
    return this.#state.deadLetters({ replay: true, withoutBytes: true }).length;
  }

  async #subscribe(node: BucketcastNode): Promise<void> {
    const { name: server, sinkTrouble, explicit, slow, late, neglects } = this.plan;
    const parts = {
      node,
      server,
      sinkTrouble,
      clock: this.#clock as NodeClock,
      random: this.#random.fork(),
      state: this.#state,
      session: this.#session,
      write: (entry: LedgerEntry) => this.#write(entry),
      heals: () => this.#heals,
      saw: (update: Update) => this.#world.index?.delivered(update),
      isAway: () => false,
    };
    const isNeglected = () => !this.#world.isCalm;
    try {
      await read({ ...parts, name: 'all', from: 'earliest', explicit, restMs: 500 });
      if (slow) await read({ ...parts, name: 'slow', from: 'earliest', explicit: !explicit, restMs: 20_000 });
      if (late && this.#session > 1)
        await read({ ...parts, name: 'late', from: 'latest', explicit, restMs: 500 });
      if (neglects === 'sink')
        await read({ ...parts, name: 'side', from: 'earliest', explicit, restMs: 500, isAway: isNeglected });
      if (neglects === 'reading' && (!isNeglected() || this.#random.chance(0.3)))
        await read({ ...parts, name: 'side', from: 'earliest', explicit, restMs: 500 });
    } catch (error) {
      this.#fail('subscribe', error);
    }
  }

  #write(entry: LedgerEntry): void {
    if (this.#world.index?.take(entry)) return;
    this.#world.ledger.push(entry);
    if (entry.type === 'replayed') this.#count(entry.type);
  }

  #countHints(): void {
    const hints = this.isJoined ? this.#node?.snapshot().hints : undefined;
    if (!hints) return;
    for (const [result, count] of Object.entries(hints.heard)) this.#count(`hint ${result}`, count);
    this.#count('inline served', hints.inline.served);
    this.#count('inline refused', hints.inline.refused);
  }

  #count(what: string, by = 1): void {
    const { happened } = this.#world;
    happened.set(what, (happened.get(what) ?? 0) + by);
  }

  /** A process that cannot start ends. A refusal is one of the troubles, anything else is a fault. */
  #startFailed(node: BucketcastNode, error: unknown): void {
    if (this.#node === node) this.kill();
    if ((error as { code?: string }).code !== 'store-refused') this.#fail('start', error);
  }

  #fail(what: string, error: unknown): void {
    if ((error as { code?: string }).code === 'closed') return;
    this.#world.ledger.push({ type: 'failed', what: `${this.plan.name}: ${what}: ${String(error)}` });
  }
}

function answered(token: string, published: Published | Spooled): LedgerEntry {
  const { id } = published;
  if (published.durable === 'spool') return { type: 'spooled', token, id };
  const { writer, lane, sequence } = published;
  return { type: 'durable', token, id, writer, lane, sequence };
}
