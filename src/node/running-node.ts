import { packageVersion } from '../base/package-version.ts';
import type { Update } from '../base/update.ts';
import { subscriptionDefaults } from '../config/settings.ts';
import { Coordinator } from '../coordinate/coordinator.ts';
import type { Deliver } from '../coordinate/sink-runner.ts';
import type { Subscription, SubscriptionSpec } from '../coordinate/subscription.ts';
import { UpdateIterator } from '../coordinate/update-iterator.ts';
import { Janitor } from '../jobs/janitor.ts';
import type { FoundFleet } from '../log/fleet-id.ts';
import { type NodeFetcher, openFetcher } from '../pool/open-fetcher.ts';
import { Publisher } from '../publish/publisher.ts';
import type { NodeSnapshot } from '../status/node-snapshot.ts';
import { type Components, type Foundation, type Identity, openFoundation } from './foundation.ts';
import { type JoinOptions, joinFleet } from './join-fleet.ts';
import { meterDelivery, meterEvents, meterSnapshots } from './node-metrics.ts';

export type StartOptions = Omit<JoinOptions, 'signal'>;
export type SubscribeOptions = Partial<Omit<SubscriptionSpec, 'deliver'>>;

/** Everything that exists only while a node runs: made in the order of the flow, stopped in the reverse. */
export class RunningNode {
  readonly publisher: Publisher;
  readonly coordinator: Coordinator;
  readonly foundation: Foundation;
  readonly #fleetId: string;
  readonly #startedAt: number;
  readonly #fetcher: NodeFetcher;
  readonly #janitor: Janitor | undefined;

  /** Opens, joins the fleet, and begins; what was opened is closed again when that fails. */
  static async start(
    identity: Identity,
    components: Partial<Components>,
    options: JoinOptions,
  ): Promise<RunningNode> {
    const foundation = await openFoundation(identity, components);
    try {
      meterEvents(foundation);
      return new RunningNode(foundation, await joinFleet(foundation, options));
    } catch (error) {
      await foundation.close();
      throw error;
    }
  }

  private constructor(foundation: Foundation, { fleetId, time }: FoundFleet) {
    const { settings, server, keys, metrics } = foundation;
    const { forgetAfterMs } = settings.janitor;
    const fleet = { ...settings, server, fleetId, keys };
    const fetcher = openFetcher({ ...foundation, fleetId });
    this.foundation = foundation;
    this.#fleetId = fleetId;
    this.#startedAt = foundation.clock.now();
    this.#fetcher = fetcher;
    this.publisher = new Publisher({ ...fleet, settings: settings.publish }, foundation);
    this.publisher.observeStoreTime(time);
    this.coordinator = new Coordinator({ ...fleet, forgetAfterMs }, { ...foundation, fetcher });
    if (settings.janitor.enabled)
      this.#janitor = new Janitor(fleet, { ...foundation, tips: this.coordinator });
    meterSnapshots(metrics, () => this.snapshot());
    this.publisher.start();
    this.#janitor?.start();
    this.coordinator.start();
  }

  subscribe(options: SubscribeOptions, deliver: Deliver): Promise<Subscription> {
    const metered = meterDelivery(deliver, this.foundation);
    return this.coordinator.subscribe({
      ...subscriptionDefaults,
      ...options,
      deliver: (updates, control) => {
        this.#observe(updates);
        return metered(updates, control);
      },
    });
  }

  updates(options: SubscribeOptions): UpdateIterator {
    return new UpdateIterator((deliver) => this.subscribe({ ...options, ack: 'explicit' }, deliver));
  }

  snapshot(): NodeSnapshot {
    const { server, store, state, limiter, clock, settings } = this.foundation;
    return {
      server,
      version: packageVersion,
      phase: 'running',
      startedAt: this.#startedAt,
      now: clock.now(),
      limits: settings.limits,
      store: store.description,
      state: state.description,
      fleetId: this.#fleetId,
      reading: this.coordinator.snapshot(),
      publishing: this.publisher.snapshot(),
      limiter: limiter.snapshot(),
      pool: this.#fetcher.snapshot(),
    };
  }

  async stop(timeoutMs: number): Promise<void> {
    this.#janitor?.stop();
    await Promise.all([this.coordinator.stop({ timeoutMs }), this.publisher.stop({ timeoutMs })]);
    await this.#fetcher.stop();
    await this.foundation.close();
  }

  /** What is published from now on is newer than what was seen. A lane's last update has its highest stamp. */
  #observe(updates: readonly Update[]): void {
    updates.forEach((update, index) => {
      const next = updates[index + 1];
      if (next?.writer === update.writer && next.lane === update.lane) return;
      this.publisher.observe(BigInt(`0x${update.hlc}`));
    });
  }
}
