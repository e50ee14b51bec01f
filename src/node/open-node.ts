import type { Writable } from 'node:stream';
import { BucketcastError, closedError } from '../base/errors.ts';
import { packageVersion } from '../base/package-version.ts';
import { unlessAborted } from '../base/unless-aborted.ts';
import type { NewUpdate } from '../base/update.ts';
import type { Claims } from '../claims/claims.ts';
import type { Settings } from '../config/settings.ts';
import type { HintDoor } from '../hints/hint-door.ts';
import type { ServedNode } from '../http/served-node.ts';
import { fleetKeys } from '../log/fleet-keys.ts';
import type { Published, PublishOptions, Spooled } from '../publish/published.ts';
import { Spool } from '../publish/spool.ts';
import { UpdateEncoder } from '../publish/update-encoder.ts';
import { buildStatus } from '../status/build-status.ts';
import { countedCost } from '../status/cost-projection.ts';
import { NodeHistory } from '../status/node-history.ts';
import type { NodePhase, NodeSnapshot } from '../status/node-snapshot.ts';
import { type Readiness, readinessOf } from '../status/readiness.ts';
import type { Status } from '../status/status.ts';
import { storeTrouble } from '../store/store-health.ts';
import { type Components, type Foundation, type Identity, openFoundation } from './foundation.ts';
import { type JoinOptions, joinFleet } from './join-fleet.ts';
import { type Limits, LiveLimits } from './live-limits.ts';
import { NodeHints } from './node-hints.ts';
import { NodeHttp } from './node-http.ts';
import { meterEvents, meterSnapshots } from './node-metrics.ts';
import { objectsToPublish } from './publishing.ts';
import { RunningNode } from './running-node.ts';
import { RunningSources } from './running-sources.ts';
import { Serving } from './serving.ts';
import { StateIndex } from './state-index.ts';

export interface StartOptions extends Omit<JoinOptions, 'signal'> {
  /** Serve HTTP as the settings of `http` say. Default: not. */
  readonly http?: boolean;
  /** Serve the subscriptions and run the sources of the settings (`subscriptions`, `watch`, `redis`). Default: not. */
  readonly serve?: boolean;
  /** For sinks of the type `stdout`. Default: that of this process. */
  readonly output?: Writable;
}

interface OpenOptions extends StartOptions {
  readonly signal: AbortSignal;
}

/** A node from `start()` on, also while it has not reached its store: it can be asked, and told to stop. */
export class OpenNode implements ServedNode {
  readonly foundation: Foundation;
  readonly #limits: LiveLimits;
  readonly #startedAt: number;
  readonly #encoder: UpdateEncoder;
  readonly #spool: Spool;
  readonly #history: NodeHistory;
  /** Metrics that were handed in outlive this node. */
  readonly #unmeter: () => void;
  #http: NodeHttp | undefined;
  #serving: Serving | undefined;
  #sources: RunningSources | undefined;
  #phase: NodePhase = 'joining';
  #joinError: unknown;
  #running: RunningNode | undefined;
  #hints: NodeHints | undefined;
  readonly index: StateIndex;

  /** Throws `state-unusable`, `invalid-settings`. Does not talk to the bucket. */
  static async open(identity: Identity, components: Partial<Components>): Promise<OpenNode> {
    const foundation = await openFoundation(identity, components);
    try {
      return new OpenNode(foundation);
    } catch (error) {
      await foundation.close();
      throw error;
    }
  }

  private constructor(foundation: Foundation) {
    const { settings, limiter, clock, metrics } = foundation;
    this.foundation = foundation;
    this.#startedAt = clock.now();
    this.index = new StateIndex(foundation);
    this.#encoder = new UpdateEncoder(settings.publish, foundation);
    this.#spool = new Spool(settings, { ...foundation, encoder: this.#encoder });
    const cost = () => countedCost(metrics.store.totals());
    this.#history = new NodeHistory({ ...foundation, cost });
    this.#limits = new LiveLimits(settings.limits, (limits) => {
      limiter.update(limits);
      this.#running?.limit(limits);
    });
    meterEvents(foundation);
    this.#unmeter = meterSnapshots(foundation, () => this.snapshot());
  }

  /**
   * Everything: sinks and sources are opened, HTTP is served, and only then the store is asked. Throws `address-taken`,
   * `invalid-settings` for what of the settings cannot be had or served, what `joinFleet` throws, and `closed` when the
   * signal aborts.
   */
  async start({ http = false, serve = false, output = process.stdout, ...join }: OpenOptions): Promise<void> {
    // Whoever sees HTTP served may take the settings for good.
    if (serve) await this.#prepare(output);
    this.#hints = await NodeHints.open(this.foundation, { role: 'node', http });
    if (this.#usesObjects(serve)) await this.foundation.objects.open();
    if (http) await this.#listen();
    // With a spool there is somewhere to put what they bring while the store is away.
    if (this.foundation.settings.spool.enabled) this.#sources?.start();
    await this.#join(join);
    // An index that is filled from a snapshot takes its time, and nobody else waits for it.
    const begun = [this.index.start(this.running), this.#deliver(join.signal)];
    await unlessAborted(join.signal, Promise.all(begun));
  }

  async #deliver(signal: AbortSignal): Promise<void> {
    if (this.#serving) await unlessAborted(signal, this.#serving.subscribe(this.running));
    this.#sources?.start();
  }

  async #listen(): Promise<void> {
    this.#http = await NodeHttp.open(this, this.foundation);
    this.foundation.events.emit('listening', { url: this.#http.url });
  }

  async #prepare(output: Writable): Promise<void> {
    this.#serving = new Serving(this.foundation, output);
    await this.#serving.open();
    this.#sources = await RunningSources.open(this.foundation, (update, options) =>
      this.publish(update, options),
    );
  }

  #usesObjects(serve: boolean): boolean {
    const { objects, subscriptions } = this.foundation.settings;
    if (objects.publish || this.index.usesObjects) return true;
    return serve && Object.values(subscriptions).some(({ layout }) => layout !== 'log');
  }

  async #join(options: JoinOptions): Promise<void> {
    const { events } = this.foundation;
    const forget = events.on('poll-failed', ({ error }) => {
      this.#joinError = error;
    });
    try {
      const found = await joinFleet(this.foundation, options);
      this.#running = new RunningNode(this.foundation, found, {
        limits: this.#limits.current,
        hints: this.#hints as NodeHints,
        encoder: this.#encoder,
        spool: this.#spool,
        objects: await objectsToPublish(this.foundation),
      });
      if (this.#phase === 'joining') this.#phase = 'running';
    } finally {
      forget();
      this.#joinError = undefined;
    }
  }

  /** Throws `store-unavailable` while the fleet is not joined. */
  get running(): RunningNode {
    if (this.#running) return this.#running;
    throw new BucketcastError('store-unavailable', 'the node has not reached its store yet', {
      cause: this.#joinError,
    });
  }

  /** Throws `store-unavailable` while the fleet is not joined. */
  get claims(): Claims {
    return this.running.claims;
  }

  get hints(): HintDoor | undefined {
    return this.#hints?.door;
  }

  async publish(update: NewUpdate, options?: PublishOptions): Promise<Published | Spooled> {
    const { clock, metrics } = this.foundation;
    const startedAt = clock.monotonic();
    try {
      const published = await this.#publish(update, options);
      metrics.updates.published((clock.monotonic() - startedAt) / 1000, published.durable);
      return published;
    } catch (error) {
      metrics.updates.publishFailed();
      throw error;
    }
  }

  get metricsContentType(): string {
    return this.foundation.metrics.contentType;
  }

  metrics(): Promise<string> {
    return this.foundation.metrics.text();
  }

  readiness(): Readiness {
    return readinessOf({ ...this.#standing(), poll: this.#running?.coordinator.poll });
  }

  status(): Status {
    return buildStatus(this.snapshot());
  }

  limits(): Limits {
    return this.#limits.current;
  }

  limit(change: Partial<Limits>): Limits {
    return this.#limits.change(change);
  }

  /**
   * The limits of new settings count, whatever was changed since the old ones, and their keys. Throws `invalid-settings`, and
   * then has changed nothing.
   */
  reload({ limits, encryption }: Settings): void {
    const isRekeyed = this.foundation.keys.replace(fleetKeys(encryption));
    this.#limits.reload(limits);
    if (isRekeyed) this.#running?.rekeyed();
  }

  snapshot(): NodeSnapshot {
    const { server, state, limiter, clock, metrics, keys } = this.foundation;
    const running = this.#running?.snapshot();
    return {
      server,
      version: packageVersion,
      ...this.#standing(),
      startedAt: this.#startedAt,
      now: clock.now(),
      state: state.description,
      keys: { active: keys.active, readable: keys.ring.map(({ id }) => id), required: keys.required },
      sources: this.#sources?.snapshot() ?? [],
      brokenEndpoints: this.#serving?.brokenEndpoints ?? 0,
      ...running,
      limiter: limiter.snapshot(),
      limits: this.#limits.current,
      limitsChanged: this.#limits.changed,
      spool: this.#spool.snapshot(),
      requests: metrics.store.totals(),
      deadLetters: state.deadLetterSummary(),
      history: this.#history.snapshot(),
      ...(this.index.isEnabled && { index: this.index.standingOf(running) }),
      ...(this.#http && { http: { url: this.#http.url } }),
    };
  }

  async stop(timeoutMs: number): Promise<void> {
    const { clock } = this.foundation;
    const end = clock.monotonic() + timeoutMs;
    this.#phase = 'stopping';
    this.#http?.drain();
    // What they are publishing ends with the publisher, at the latest.
    const sources = this.#sources?.stop();
    await this.#running?.stop(timeoutMs);
    await this.#hints?.stop();
    await sources;
    await this.#serving?.close();
    await this.#spool.stop({ timeoutMs: 0 });
    await this.#http?.stop({ timeoutMs: Math.max(0, end - clock.monotonic()) });
    this.#unmeter();
    const { updates: spooled } = this.#spool.snapshot();
    await this.foundation.close();
    this.foundation.events.emit('stopped', { spooled });
  }

  #standing(): Pick<NodeSnapshot, 'phase' | 'store' | 'joinError' | 'storeTrouble'> {
    const { store, health } = this.foundation;
    const trouble = storeTrouble(health.snapshot());
    return {
      phase: this.#phase,
      store: store.description,
      ...(this.#joinError !== undefined && { joinError: this.#joinError }),
      ...(trouble !== undefined && { storeTrouble: trouble }),
    };
  }

  async #publish(update: NewUpdate, options?: PublishOptions): Promise<Published | Spooled> {
    if (this.#phase === 'stopping') throw closedError('the node');
    // Without a spool only a node in its fleet can publish, and says why not.
    if (!this.foundation.settings.spool.enabled) void this.running;
    return this.#spool.publish(update, options);
  }
}
