import type { Clock } from '../base/clock.ts';
import { BucketcastError, closedError } from '../base/errors.ts';
import type { Settings } from '../config/settings.ts';
import { type Budget, shareOf } from '../coordinate/fetch-planner.ts';
import { checkLayout } from '../coordinate/layout-check.ts';
import { savedRecord } from '../coordinate/position-record.ts';
import { parseStart, type StartPoint } from '../coordinate/start-vector.ts';
import { objectFolder, parseObjectKey } from '../log/object-keys.ts';
import { openMemoryState } from '../state/open-state.ts';
import type { State } from '../state/state.ts';
import { KnownObjects } from './known-objects.ts';
import type { ListingReader } from './listing-reader.ts';
import { ObjectSubscription } from './object-subscription.ts';
import type { ObjectSubscriptionParts, ObjectSubscriptionSpec } from './object-subscription-parts.ts';
import { checkPlace } from './place-check.ts';
import { StartSet } from './start-set.ts';

export interface ObjectSubscriptionsParts
  extends Omit<ObjectSubscriptionParts, 'name' | 'known' | 'letters' | 'wants' | 'budget' | 'stopped'> {
  readonly state: State;
  readonly clock: Clock;
  /** Whose folder holds what we wrote ourselves. */
  readonly server: string;
  /** @see ObjectsCoordinatorParts.place */
  readonly place?: string;
  limits(): Settings['limits'];
  /** @see ObjectsCoordinatorParts.otherReaders */
  readonly otherReaders?: () => number;
  pollSoon(): void;
}

/** Rows of an abandoned start set taken away at once. */
const discardedAtOnce = 4000;

/** The subscriptions of the objects layout: makes them, and divides the memory among them. */
export class ObjectSubscriptions {
  readonly #parts: ObjectSubscriptionsParts;
  readonly #running = new Map<string, ObjectSubscription>();
  /** Being made. */
  readonly #starting = new Set<string>();
  readonly #startSets = new Set<StartSet>();
  readonly #controller = new AbortController();
  readonly #stopped = Promise.withResolvers<never>();
  #cleaning: Promise<void> | undefined;
  #unnamed = 0;

  constructor(parts: ObjectSubscriptionsParts) {
    this.#parts = parts;
    // Nobody may be waiting for it.
    this.#stopped.promise.catch(() => {});
  }

  /** @see ObjectsCoordinator.subscribe */
  async subscribe(spec: ObjectSubscriptionSpec): Promise<ObjectSubscription> {
    const asked = parseStart(spec.from);
    // Snapshots are of the log; all objects that stand are the newest of their kind.
    const start: StartPoint = asked.type === 'snapshot' ? { type: 'earliest' } : asked;
    this.#throwIfStopped();
    this.#unnamed += spec.name === undefined ? 1 : 0;
    const name = spec.name ?? `unnamed-${this.#unnamed}/objects`;
    if (this.#running.has(name) || this.#starting.has(name)) {
      throw new BucketcastError(
        'invalid-settings',
        `the subscription ${JSON.stringify(name)} is running already`,
      );
    }
    checkLayout(this.#parts.state, name, 'objects');
    this.#starting.add(name);
    // Nothing of one without a name is to outlive the process.
    const state = spec.name === undefined ? openMemoryState(this.#parts) : this.#parts.state;
    const forget = () => {
      if (state !== this.#parts.state) state.close();
    };
    try {
      return await this.#make(spec, { name, start, state, forget });
    } catch (error) {
      forget();
      throw error;
    } finally {
      this.#starting.delete(name);
      this.#parts.changed();
    }
  }

  get all(): ObjectSubscription[] {
    return [...this.#running.values()];
  }

  /** Who takes part in a listing that begins now. */
  get readers(): ListingReader[] {
    return [...this.all, ...this.#startSets];
  }

  get settled(): boolean {
    return this.#starting.size === 0 && this.all.every((subscription) => subscription.settled);
  }

  async stop(timeoutMs: number): Promise<void> {
    this.#controller.abort();
    this.#stopped.reject(closedError('the coordinator', this.#controller.signal));
    await Promise.all(this.all.map((subscription) => subscription.stop({ timeoutMs })));
  }

  async #make(
    spec: ObjectSubscriptionSpec,
    { name, start, state, forget }: { name: string; start: StartPoint; state: State; forget: () => void },
  ): Promise<ObjectSubscription> {
    const { clock } = this.#parts;
    const wants = this.#wanted(spec);
    const keepsLetters = state === this.#parts.state;
    const pause = () => clock.sleep(0, this.#controller.signal);
    this.#cleaning ??= this.#clean(pause);
    await this.#cleaning;
    if (state.subscription(name) === undefined)
      await this.#create(new StartSet({ name, from: spec.from, start, wants }, state, pause));
    if (this.#parts.place !== undefined) checkPlace(state, name, this.#parts.place);
    const known = await KnownObjects.load({ state, name, keepsLetters, pause });
    this.#throwIfStopped();
    const subscription = new ObjectSubscription(spec, {
      ...this.#parts,
      name,
      known,
      wants,
      letters: savedRecord(state, name),
      budget: () => this.#share(),
      stopped: () => {
        this.#running.delete(name);
        forget();
        this.#parts.changed();
      },
    });
    this.#running.set(name, subscription);
    this.#parts.pollSoon();
    return subscription;
  }

  /** However long the store is away: that a subscription exists must mean that nothing from then on is missed. */
  async #create(startSet: StartSet): Promise<void> {
    if (startSet.isOpen) {
      this.#startSets.add(startSet);
      this.#parts.pollSoon();
    }
    try {
      await Promise.race([startSet.make(), this.#stopped.promise]);
    } finally {
      this.#startSets.delete(startSet);
    }
  }

  /** Start sets that a process which died has not finished. Before the first of our own is begun. */
  async #clean(pause: () => Promise<void>): Promise<void> {
    const { objects } = this.#parts.state;
    for (const reader of objects.unfinished())
      while (!objects.discard(reader, discardedAtOnce)) await pause();
  }

  #wanted({ includeOwn }: ObjectSubscriptionSpec): (key: string) => boolean {
    const { prefix, server } = this.#parts;
    const own = objectFolder(prefix, server);
    return (key) =>
      parseObjectKey(prefix, key) !== undefined && (includeOwn === true || !key.startsWith(own));
  }

  #share(): Budget {
    const others = this.#parts.otherReaders?.() ?? 0;
    return shareOf(this.#parts.limits(), this.#running.size + others);
  }

  #throwIfStopped(): void {
    if (this.#controller.signal.aborted) throw closedError('the coordinator', this.#controller.signal);
  }
}
