import { BucketcastError } from '../base/errors.ts';
import { Claims } from '../claims/claims.ts';
import type { Settings } from '../config/settings.ts';
import { Coordinator } from '../coordinate/coordinator.ts';
import type { RunningSubscription } from '../coordinate/running-subscription.ts';
import { UpdateIterator } from '../coordinate/update-iterator.ts';
import { Heartbeat } from '../jobs/heartbeat.ts';
import { Janitor } from '../jobs/janitor.ts';
import { ObjectRetention } from '../jobs/object-retention.ts';
import { watchRewinds } from '../jobs/rewind-watch.ts';
import type { FoundFleet } from '../log/fleet-id.ts';
import { type NodeFetcher, openFetcher } from '../pool/open-fetcher.ts';
import type { NodeSnapshot } from '../status/node-snapshot.ts';
import type { Foundation } from './foundation.ts';
import { Hinting } from './hinting.ts';
import type { NodeHints } from './node-hints.ts';
import { ObjectsReading } from './objects-reading.ts';
import { Publishing, type PublishingParts } from './publishing.ts';
import { Snapshotting } from './snapshotting.ts';
import {
  type HandlerSubscribeOptions,
  type InnerSubscribeOptions,
  type SubscribeOptions,
  Subscribing,
  type Taker,
} from './subscribing.ts';

export type { HandlerSubscribeOptions, SubscribeOptions } from './subscribing.ts';

export interface RunningParts extends Omit<PublishingParts, 'announcer' | 'floor'> {
  readonly hints: NodeHints;
  readonly limits: Settings['limits'];
}

/** What exists only in a fleet: made in the order of the flow, begun at once, stopped in the reverse. */
export class RunningNode {
  readonly publishing: Publishing;
  readonly coordinator: Coordinator;
  readonly claims: Claims;
  readonly snapshots: Snapshotting;
  readonly #hints: NodeHints;
  readonly #hinting: Hinting;
  readonly #objects: ObjectsReading;
  readonly #subscribing: Subscribing;
  readonly #fleetId: string;
  readonly #fetcher: NodeFetcher;
  readonly #heartbeat: Heartbeat | undefined;
  readonly #janitor: Janitor | undefined;
  readonly #retention: ObjectRetention | undefined;

  constructor(foundation: Foundation, found: FoundFleet, { limits, hints, ...publishing }: RunningParts) {
    const { settings, server, keys } = foundation;
    const { fleetId } = found;
    const { forgetAfterMs } = settings.janitor;
    const hinting = new Hinting(foundation, {
      fleetId,
      hints,
      limits,
      coordinator: () => this.coordinator,
      look: (written) => this.#objects.look(written),
    });
    const fleet = { ...settings, limits: hinting.limit(limits), server, fleetId, keys };
    const fetcher = openFetcher({ ...foundation, fleetId });
    this.#fleetId = fleetId;
    this.#fetcher = fetcher;
    this.#hints = hints;
    this.#hinting = hinting;
    this.claims = new Claims(fleet, foundation);
    this.snapshots = new Snapshotting(foundation, {
      fleet,
      claims: this.claims,
      coordinator: () => this.coordinator,
    });
    const { floor } = this.snapshots;
    this.publishing = new Publishing(foundation, found, { ...publishing, announcer: hinting, floor });
    this.coordinator = new Coordinator(
      { ...fleet, forgetAfterMs },
      {
        ...foundation,
        fetcher: hinting.fetcher(fetcher),
        otherReaders: () => this.#objects.readers,
        hintsConnected: () => hints.isConnected,
      },
    );
    this.#objects = new ObjectsReading(foundation, {
      limits: fleet.limits,
      reader: fetcher.objects,
      otherReaders: () => this.coordinator.readers,
      hintsConnected: () => hints.isConnected,
    });
    this.#subscribing = new Subscribing(foundation, {
      coordinator: this.coordinator,
      objects: this.#objects,
      fleetId,
      observe: (hlc) => this.publishing.publisher.observe(hlc),
    });
    if (settings.janitor.enabled)
      this.#janitor = new Janitor(fleet, { ...foundation, floor, tips: this.coordinator });
    if (publishing.objects) {
      const { prefix, maxAgeMs } = settings.objects;
      const { intervalMs } = settings.retention;
      this.#retention = new ObjectRetention(
        { prefix, maxAgeMs, server, intervalMs },
        { ...foundation, store: publishing.objects },
      );
    }
    if (settings.heartbeat.intervalMs > 0)
      this.#heartbeat = new Heartbeat(fleet, { ...foundation, tips: this.coordinator });
    watchRewinds({ ...foundation, tips: this.coordinator });
    this.publishing.start();
    this.#heartbeat?.start();
    this.#janitor?.start();
    this.#retention?.start();
    this.coordinator.start();
    this.snapshots.start();
    hinting.start();
  }

  async subscribe(options: SubscribeOptions, taker: Taker): Promise<RunningSubscription> {
    checkName(options.name);
    return this.#subscribing.subscribe(options, taker);
  }

  /** One of the node's own, which may have a reserved name. */
  subscribeInner(options: InnerSubscribeOptions, taker: Taker): Promise<RunningSubscription> {
    return this.#subscribing.subscribe(options, taker);
  }

  async subscribeHandler(options: HandlerSubscribeOptions): Promise<RunningSubscription> {
    checkName(options.name);
    return this.#subscribing.subscribeHandler(options);
  }

  updates(options: SubscribeOptions): UpdateIterator {
    return new UpdateIterator((deliver) => this.subscribe({ ...options, ack: 'explicit' }, { deliver }));
  }

  limit(limits: Settings['limits']): void {
    const others = this.#hinting.limit(limits);
    this.coordinator.limit(others);
    this.#objects.limit(others);
  }

  /** The keys have changed: every thread gets them, and what waits for one of them is tried at once. */
  rekeyed(): void {
    void this.#fetcher.rekeyed().then(() => this.coordinator.rekeyed());
  }

  /**
   * Resolves after a complete poll of each layout that is read found nothing, with everything delivered: also what this
   * host published before it crashed.
   */
  async idle(): Promise<void> {
    await this.publishing.publisher.surveyed;
    await this.#objects.coordinator?.idle();
    await this.coordinator.idle();
  }

  /** What exists only now that the fleet is known. */
  snapshot(): Pick<
    NodeSnapshot,
    | 'fleetId'
    | 'heartbeat'
    | 'reading'
    | 'publishing'
    | 'claims'
    | 'pool'
    | 'handlerThreads'
    | 'objects'
    | 'hints'
    | 'snapshots'
  > {
    const objects = this.#objects.snapshot();
    const snapshots = this.snapshots.snapshot();
    const reading = this.coordinator.snapshot();
    const hints = this.#hints.snapshot(this.#hinting.bytes);
    return {
      fleetId: this.#fleetId,
      reading: { ...reading, bytesHeld: reading.bytesHeld + this.#hinting.bytes },
      ...(hints && { hints }),
      ...(snapshots && { snapshots }),
      publishing: this.publishing.snapshot(),
      claims: this.claims.snapshot(),
      pool: this.#fetcher.snapshot(),
      handlerThreads: this.#subscribing.handlerThreads(),
      ...(objects && { objects }),
      ...(this.#heartbeat && { heartbeat: this.#heartbeat.snapshot() }),
    };
  }

  /** Leaves the foundation open. */
  async stop(timeoutMs: number): Promise<void> {
    this.#hinting.close();
    await this.snapshots.stop();
    this.#janitor?.stop();
    this.#retention?.stop();
    await Promise.all([
      this.coordinator.stop({ timeoutMs }),
      this.#objects.stop(timeoutMs),
      this.publishing.stop(timeoutMs),
      this.#heartbeat?.stop({ timeoutMs }),
      this.claims.stop(timeoutMs),
    ]);
    await this.#subscribing.stop();
    await this.#fetcher.stop();
  }
}

/** Names that begin with a tilde are the node's own. */
function checkName(name: string | undefined): void {
  if (name?.startsWith('~') !== true) return;
  throw new BucketcastError(
    'invalid-settings',
    `the name ${JSON.stringify(name)} of a subscription is reserved`,
    {
      hint: 'Choose a name that does not begin with "~".',
    },
  );
}
