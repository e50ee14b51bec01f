import { PoisonError } from '../../src/base/errors.ts';
import type { Logger } from '../../src/base/logger.ts';
import type { SettingsInput } from '../../src/config/settings.ts';
import { segmentKey } from '../../src/log/keys.ts';
import { type BucketcastNode, createNode } from '../../src/node.ts';
import { openMemoryState } from '../../src/state/open-state.ts';
import type { State } from '../../src/state/state.ts';
import type { LedgerEntry, Lost } from '../ledger/entries.ts';
import { readerName, recordingState } from '../ledger/recording-state.ts';
import type { FakeClock } from '../support/fake-clock.ts';
import type { SeededRandom } from '../support/seeded-random.ts';
import type { Faults } from './faults.ts';
import { NodeClock } from './node-clock.ts';
import type { SimBucket } from './sim-bucket.ts';
import { SimStore } from './sim-store.ts';

export interface World {
  readonly clock: FakeClock;
  readonly bucket: SimBucket;
  readonly random: SeededRandom;
  readonly ledger: LedgerEntry[];
  readonly settings: SettingsInput;
  faults: Faults;
  /** What happened, by name: shows that a run of seeds reaches every part of the protocol. */
  readonly happened: Map<string, number>;
  /** Told everything that happens, for looking into one seed. */
  readonly trace?: ((line: string) => void) | undefined;
}

export interface ServerPlan {
  readonly name: string;
  readonly clockOffsetMs: number;
  /** Chance that the handler fails a batch without blaming an update. */
  readonly sinkTrouble: number;
  /** Chance that an update which this server publishes is one that every handler blames. */
  readonly poison: number;
  /** Has a second subscription from its second process on, which begins at `latest`. */
  readonly late: boolean;
}

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

  constructor(world: World, plan: ServerPlan) {
    this.#world = world;
    this.plan = plan;
    this.#random = world.random.fork();
    this.#state = recordingState(openMemoryState({ clock: world.clock, random: this.#random.fork() }), {
      server: plan.name,
      write: (entry) => world.ledger.push(entry),
      onLost: (lost) => checkLoss(world, lost),
    });
  }

  get running(): boolean {
    return this.#node !== undefined;
  }

  start(): void {
    this.kill();
    const world = this.#world;
    const clock = new NodeClock(world.clock, this.plan.clockOffsetMs);
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
      { ...world.settings, server: this.plan.name },
      {
        store,
        state: this.#state,
        clock,
        random,
        ...(trace && { logger: tracing(trace) }),
      },
    );
    this.#node = node;
    for (const name of counted) {
      node.events.on(name, (facts) => {
        const reason = (facts as { reason?: string }).reason;
        const key = reason ? `${name} ${reason}` : name;
        world.happened.set(key, (world.happened.get(key) ?? 0) + 1);
        trace?.(`event ${name} ${JSON.stringify(facts)}`);
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
    this.#clock?.kill();
    this.#clock = undefined;
    this.#node = undefined;
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

  pause(): void {
    this.#world.trace?.(`${this.plan.name} is paused`);
    this.#clock?.pause();
  }

  resume(): void {
    this.#world.trace?.(`${this.plan.name} goes on`);
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
    node.publish({ url: `https://example.com/${this.#random.below(5)}`, content, data: { token } }).then(
      ({ id, writer, lane, sequence }) =>
        this.#world.ledger.push({ type: 'durable', token, id, writer, lane, sequence }),
      (error: { code?: string }) => {
        this.#world.ledger.push({ type: 'rejected', token, code: String(error.code) });
        if (!['store-refused', 'closed'].includes(String(error.code))) this.#fail('publish', error);
      },
    );
  }

  /** The writer it publishes under just now. */
  get writer(): string | undefined {
    try {
      return this.#node?.snapshot().publishing.writer;
    } catch {
      return undefined;
    }
  }

  /** Whether a complete poll found nothing and everything is delivered. */
  get node(): BucketcastNode | undefined {
    return this.#node;
  }

  async #subscribe(node: BucketcastNode): Promise<void> {
    try {
      await this.#read(node, 'all', 'earliest');
      if (this.plan.late && this.#session > 1) await this.#read(node, 'late', 'latest');
    } catch (error) {
      this.#fail('subscribe', error);
    }
  }

  async #read(node: BucketcastNode, name: string, from: string): Promise<void> {
    const session = this.#session;
    const reader = readerName(this.plan.name, name);
    const clock = this.#clock as NodeClock;
    await node.subscribe({ name, from, maxBatch: 1 + this.#random.below(8) }, async (updates) => {
      for (const update of updates) {
        const { id, writer, lane, sequence, index } = update;
        const { token } = update.data as { token: string };
        const digest = JSON.stringify(update.content);
        if ((update.content as { poison: boolean }).poison) throw new PoisonError('poison', { details: {} });
        this.#world.ledger.push({
          type: 'delivered',
          reader,
          session,
          token,
          id,
          digest,
          writer,
          lane,
          sequence,
          index,
        });
      }
      if (this.#random.chance(0.3)) await clock.sleep(this.#random.below(500));
      if (this.#random.chance(this.plan.sinkTrouble)) throw new Error('the sink is away');
    });
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

const counted = [
  'parked',
  'merged',
  'trimmed',
  'retired',
  'gap',
  'twin',
  'distrusted',
  'crashed',
  'blocked',
  'paused',
  'dead-letter',
] as const;

/**
 * A loss must be one: nothing of the range may still be in the bucket. And as a segment goes only by retention, which
 * says so before, none may ever be found merely `missing`.
 */
function checkLoss(world: World, { reader, writer, lane, from, to, reason }: Lost): void {
  if (reason === 'missing')
    world.ledger.push({ type: 'failed', what: `${reader}: ${writer}/${lane} #${from} is called missing` });
  for (let sequence = from; sequence < Math.min(to, from + 10_000); sequence++) {
    if (world.bucket.has(segmentKey({ writer, lane }, sequence))) {
      world.ledger.push({
        type: 'failed',
        what: `${reader}: ${reason} ${writer}/${lane} #${sequence}, but it exists`,
      });
    }
  }
}

function tracing(trace: (line: string) => void): Logger {
  const say = (facts: object, message: string) =>
    trace(`${message} ${Object.values(facts).map(String).join(' ')}`);
  return { debug: say, info: say, warn: say, error: say };
}
