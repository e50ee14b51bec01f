import { Emitter } from '../../src/base/emitter.ts';
import type { NodeEvents } from '../../src/base/events.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { defaultSettings, type Settings } from '../../src/config/settings.ts';
import type { Announcer } from '../../src/hints/announcer.ts';
import { Publisher } from '../../src/publish/publisher.ts';
import type { UpdateEncoder } from '../../src/publish/update-encoder.ts';
import { openMemoryState } from '../../src/state/open-state.ts';
import type { State } from '../../src/state/state.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { fleet } from './bucket-reader.ts';
import { ScriptedStore } from './scripted-store.ts';

export interface RigOptions {
  readonly publish?: Partial<Settings['publish']>;
  readonly retention?: Partial<Settings['retention']>;
  readonly role?: 'node' | 'guest';
  readonly announcer?: Announcer;
}

/** A host with a bucket: its state directory and the bucket outlive each publisher that is started on them. */
export class Rig {
  readonly clock = new FakeClock();
  readonly random = new SeededRandom(1);
  readonly bucket = new MemoryStore({ clock: this.clock });
  readonly state: State = openMemoryState({ clock: this.clock, random: this.random });
  readonly events = new Emitter<NodeEvents>();
  readonly seen: { readonly name: string; readonly payload: unknown }[] = [];

  constructor() {
    for (const name of ['tip-written', 'retired', 'parked', 'trimmed', 'merged', 'distrusted'] as const) {
      this.events.on(name, (payload) => this.seen.push({ name, payload }));
    }
  }

  /** A new process. */
  publisher(
    options: RigOptions = {},
    encoder?: UpdateEncoder,
  ): { publisher: Publisher; store: ScriptedStore } {
    const store = new ScriptedStore(this.bucket);
    const publisher = new Publisher(
      {
        settings: { ...defaultSettings.publish, flushIntervalMs: 0, ...options.publish },
        retry: { attempts: 1, baseMs: 10, capMs: 100 },
        retention: { ...defaultSettings.retention, ...options.retention },
        server: 'alpha',
        role: options.role ?? 'node',
        ...fleet,
      },
      {
        store,
        state: this.state,
        clock: this.clock,
        random: this.random,
        events: this.events,
        logger: silentLogger,
        announcer: options.announcer,
      },
      encoder,
    );
    return { publisher, store };
  }

  eventsNamed(name: keyof NodeEvents): unknown[] {
    return this.seen.filter((event) => event.name === name).map(({ payload }) => payload);
  }
}

/** What has become of a promise so far. */
export function watch<T>(promise: Promise<T>): {
  status: 'pending' | 'resolved' | 'rejected';
  value?: T;
  error?: Error;
} {
  const seen: { status: 'pending' | 'resolved' | 'rejected'; value?: T; error?: Error } = {
    status: 'pending',
  };
  promise.then(
    (value) => Object.assign(seen, { status: 'resolved', value }),
    (error: Error) => Object.assign(seen, { status: 'rejected', error }),
  );
  return seen;
}
