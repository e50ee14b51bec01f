import { Emitter } from '../../src/base/emitter.ts';
import type { NodeEvents } from '../../src/base/events.ts';
import { silentLogger } from '../../src/base/logger.ts';
import type { Update } from '../../src/base/update.ts';
import { defaultSettings, type Settings } from '../../src/config/settings.ts';
import { Coordinator, type CoordinatorParts } from '../../src/coordinate/coordinator.ts';
import type { SubscriptionSpec } from '../../src/coordinate/subscription.ts';
import { type FleetKeys, noKeys } from '../../src/log/fleet-keys.ts';
import { DirectFetcher } from '../../src/pool/direct-fetcher.ts';
import { openMemoryState } from '../../src/state/open-state.ts';
import type { State } from '../../src/state/state.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { CountingStore } from './counting-store.ts';
import { FleetLog } from './fleet-log.ts';

export interface RigOptions {
  readonly poll?: Partial<Settings['poll']>;
  readonly read?: Partial<Settings['read']>;
  readonly limits?: Partial<Settings['limits']>;
  readonly forgetAfterMs?: number;
  readonly keys?: FleetKeys;
  readonly limiter?: NonNullable<CoordinatorParts['limiter']>;
  readonly otherReaders?: () => number;
}

/** What happened, in order: `[event, payload]`. */
export type Happening = { [Name in keyof NodeEvents]: readonly [Name, NodeEvents[Name]] }[keyof NodeEvents];

const watched = [
  'poll',
  'poll-failed',
  'gap',
  'dead-letter',
  'recovered',
  'snapshot-read',
  'snapshot-bad',
  'blocked',
  'unblocked',
  'paused',
  'resumed',
  'twin',
  'unknown-loss',
  'distrusted',
  'crashed',
] as const;

/** A bucket in memory, a state directory in memory, and one coordinator process on them after the other. */
export class Rig {
  readonly clock = new FakeClock();
  readonly random = new SeededRandom(1);
  readonly store = new CountingStore(this.clock);
  readonly log: FleetLog;
  readonly state: State = openMemoryState({ clock: this.clock, random: this.random });
  readonly happenings: Happening[] = [];
  readonly delivered: string[] = [];
  readonly #options: RigOptions;

  constructor(options: RigOptions = {}) {
    this.#options = options;
    this.log = new FleetLog(this.store.inner, this.random, options.keys ?? noKeys);
  }

  /** A process that has not polled yet. */
  coordinator(options: RigOptions = this.#options): Coordinator {
    const events = new Emitter<NodeEvents>();
    for (const name of watched)
      events.on(name, (payload) => this.happenings.push([name, payload] as Happening));
    const keys = options.keys ?? noKeys;
    const fleetId = this.log.fleetId;
    const fetcher = new DirectFetcher({
      store: this.store,
      fleetId,
      keys,
      maxSegmentBytes: 1 << 26,
      rangeBytes: 1 << 23,
    });
    return new Coordinator(
      {
        server: 'reader',
        fleetId,
        keys,
        poll: { ...defaultSettings.poll, ...options.poll },
        read: { ...defaultSettings.read, ...options.read },
        retry: defaultSettings.retry,
        limits: { ...defaultSettings.limits, ...options.limits },
        stop: defaultSettings.stop,
        forgetAfterMs: options.forgetAfterMs ?? defaultSettings.janitor.forgetAfterMs,
      },
      {
        store: this.store,
        fetcher,
        state: this.state,
        clock: this.clock,
        random: this.random,
        events,
        logger: silentLogger,
        ...(options.limiter && { limiter: options.limiter }),
        ...(options.otherReaders && { otherReaders: options.otherReaders }),
      },
    );
  }

  /** Writes down the URLs that are delivered. */
  spec(spec: Partial<SubscriptionSpec> = {}): SubscriptionSpec {
    return {
      name: 'all',
      from: 'earliest',
      maxBatch: 1000,
      deliver: (updates: readonly Update[]) => {
        for (const { url } of updates) this.delivered.push(url);
      },
      ...spec,
    };
  }

  /** Lets time pass until the promise is settled. */
  wait<Result>(promise: Promise<Result>, limitMs?: number): Promise<Result> {
    return this.clock.settled(promise, limitMs);
  }

  /** Payloads of one kind of event, in order. */
  events<Name extends keyof NodeEvents>(name: Name): NodeEvents[Name][] {
    return this.happenings
      .filter(([kind]) => kind === name)
      .map(([, payload]) => payload as NodeEvents[Name]);
  }

  /** Saved positions as `<lane>: <sequence>.<index>`, writers by the name given to `FleetLog.writer`. */
  positions(name = 'all'): Record<string, string> {
    return Object.fromEntries(
      this.state
        .positions(name)
        .map(({ writer, lane, sequence, index }) => [
          `${this.log.nameOf(writer)}/${lane}`,
          `${sequence}.${index}`,
        ]),
    );
  }
}
