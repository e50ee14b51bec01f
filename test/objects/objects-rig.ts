import { Emitter } from '../../src/base/emitter.ts';
import type { NodeEvents } from '../../src/base/events.ts';
import type { Update } from '../../src/base/update.ts';
import { defaultSettings, type Settings } from '../../src/config/settings.ts';
import type { ObjectSubscriptionSpec } from '../../src/objects/object-subscription-parts.ts';
import { ObjectsCoordinator, type ObjectsCoordinatorParts } from '../../src/objects/objects-coordinator.ts';
import { openMemoryState } from '../../src/state/open-state.ts';
import type { State } from '../../src/state/state.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { ObjectsBucket } from './objects-bucket.ts';

export interface ObjectsRigOptions {
  readonly objects?: Partial<Settings['objects']>;
  readonly limits?: Partial<Settings['limits']>;
  readonly seed?: number;
  readonly parts?: Partial<ObjectsCoordinatorParts>;
}

type Happening = { [Name in keyof NodeEvents]: readonly [Name, NodeEvents[Name]] }[keyof NodeEvents];

const watched = [
  'objects-listed',
  'objects-listing-failed',
  'dead-letter',
  'paused',
  'resumed',
  'crashed',
] as const;

/** A bucket of the objects layout, a state in memory, and one coordinator process on them after the other. */
export class ObjectsRig {
  readonly clock = new FakeClock();
  readonly random: SeededRandom;
  readonly bucket: ObjectsBucket;
  readonly happenings: Happening[] = [];
  readonly delivered: string[] = [];
  state: State;
  readonly #options: ObjectsRigOptions;

  constructor(options: ObjectsRigOptions = {}) {
    this.#options = options;
    this.random = new SeededRandom(options.seed ?? 1);
    this.bucket = new ObjectsBucket(this.clock);
    this.state = openMemoryState(this);
  }

  /** A process that has not listed yet. */
  coordinator(options: ObjectsRigOptions = this.#options): ObjectsCoordinator {
    const events = new Emitter<NodeEvents>();
    for (const name of watched)
      events.on(name, (payload) => this.happenings.push([name, payload] as Happening));
    const settings = {
      ...defaultSettings,
      server: 'reader',
      objects: { ...defaultSettings.objects, ...options.objects },
      limits: { ...defaultSettings.limits, ...options.limits },
    };
    return new ObjectsCoordinator(settings, {
      lister: this.bucket,
      reader: this.bucket,
      state: this.state,
      clock: this.clock,
      random: this.random,
      events,
      ...options.parts,
    });
  }

  started(): ObjectsCoordinator {
    const coordinator = this.coordinator();
    coordinator.start();
    return coordinator;
  }

  /** Writes down the URLs that are delivered. */
  spec(spec: Partial<ObjectSubscriptionSpec> = {}): ObjectSubscriptionSpec {
    return {
      name: 'all',
      from: 'earliest',
      maxBatch: 100,
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

  /** A process with the subscription `all`, which has delivered all that there is. */
  async idle(spec: Partial<ObjectSubscriptionSpec> = {}): Promise<ObjectsCoordinator> {
    const coordinator = this.started();
    await this.wait(coordinator.subscribe(this.spec(spec)));
    await this.wait(coordinator.idle());
    return coordinator;
  }

  /** Payloads of one kind of event, in order. */
  events<Name extends keyof NodeEvents>(name: Name): NodeEvents[Name][] {
    return this.happenings
      .filter(([kind]) => kind === name)
      .map(([, payload]) => payload as NodeEvents[Name]);
  }

  /** What was delivered since the last call, in order. */
  news(): string[] {
    return this.delivered.splice(0).sort();
  }
}
