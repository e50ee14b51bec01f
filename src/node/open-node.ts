import { BucketcastError, closedError } from '../base/errors.ts';
import { packageVersion } from '../base/package-version.ts';
import type { NewUpdate } from '../base/update.ts';
import type { Settings } from '../config/settings.ts';
import type { Readiness, ServedNode } from '../http/served-node.ts';
import type { Published, PublishOptions, Spooled } from '../publish/published.ts';
import { buildStatus } from '../status/build-status.ts';
import type { NodePhase, NodeSnapshot } from '../status/node-snapshot.ts';
import type { Status } from '../status/status.ts';
import { type Components, type Foundation, type Identity, openFoundation } from './foundation.ts';
import { type JoinOptions, joinFleet } from './join-fleet.ts';
import { type Limits, LiveLimits } from './live-limits.ts';
import { meterEvents, meterSnapshots } from './node-metrics.ts';
import { readinessOf } from './readiness.ts';
import { RunningNode } from './running-node.ts';

export type StartOptions = Omit<JoinOptions, 'signal'>;

/** A node from `start()` on, also while it has not reached its store: it can be asked, and told to stop. */
export class OpenNode implements ServedNode {
  readonly foundation: Foundation;
  readonly #limits: LiveLimits;
  readonly #startedAt: number;
  #phase: NodePhase = 'joining';
  #joinError: unknown;
  #running: RunningNode | undefined;

  /** Throws `state-unusable`, `invalid-settings`. Does not talk to the bucket. */
  static async open(identity: Identity, components: Partial<Components>): Promise<OpenNode> {
    return new OpenNode(await openFoundation(identity, components));
  }

  private constructor(foundation: Foundation) {
    const { settings, limiter, clock } = foundation;
    this.foundation = foundation;
    this.#startedAt = clock.now();
    this.#limits = new LiveLimits(settings.limits, (limits) => {
      limiter.update(limits);
      this.#running?.coordinator.limit(limits);
    });
    meterEvents(foundation);
    meterSnapshots(foundation, () => this.snapshot());
  }

  /** Joins the fleet and begins to work. Throws what `joinFleet` throws. */
  async join(options: JoinOptions): Promise<void> {
    const { events } = this.foundation;
    const forget = events.on('poll-failed', ({ error }) => {
      this.#joinError = error;
    });
    try {
      const found = await joinFleet(this.foundation, options);
      this.#running = new RunningNode(this.foundation, found, this.#limits.current);
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

  async publish(update: NewUpdate, options?: PublishOptions): Promise<Published | Spooled> {
    const { clock, metrics } = this.foundation;
    const startedAt = clock.monotonic();
    try {
      const published = await this.#publish(update, options);
      metrics.updates.published((clock.monotonic() - startedAt) / 1000);
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
    return readinessOf(this.snapshot());
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

  /** The limits of new settings count, whatever was changed since the old ones. */
  reload({ limits }: Settings): void {
    this.#limits.reload(limits);
  }

  snapshot(): NodeSnapshot {
    const { server, store, state, limiter, clock } = this.foundation;
    return {
      server,
      version: packageVersion,
      phase: this.#phase,
      startedAt: this.#startedAt,
      now: clock.now(),
      store: store.description,
      state: state.description,
      ...(this.#joinError !== undefined && { joinError: this.#joinError }),
      ...this.#running?.snapshot(),
      limiter: limiter.snapshot(),
      limits: this.#limits.current,
      limitsChanged: this.#limits.changed,
    };
  }

  async stop(timeoutMs: number): Promise<void> {
    this.#phase = 'stopping';
    await this.#running?.stop(timeoutMs);
    await this.foundation.close();
  }

  async #publish(update: NewUpdate, options?: PublishOptions): Promise<Published | Spooled> {
    if (this.#phase === 'stopping') throw closedError('the node');
    return this.running.publisher.publish(update, options);
  }
}
