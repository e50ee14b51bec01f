import type { Update } from '../base/update.ts';
import { type Settings, subscriptionDefaults } from '../config/settings.ts';
import { Coordinator } from '../coordinate/coordinator.ts';
import type { Deliver } from '../coordinate/sink-runner.ts';
import type { Subscription, SubscriptionSpec } from '../coordinate/subscription.ts';
import { UpdateIterator } from '../coordinate/update-iterator.ts';
import { Janitor } from '../jobs/janitor.ts';
import { watchRewinds } from '../jobs/rewind-watch.ts';
import type { FoundFleet } from '../log/fleet-id.ts';
import { type NodeFetcher, openFetcher } from '../pool/open-fetcher.ts';
import type { Spool } from '../publish/spool.ts';
import type { UpdateEncoder } from '../publish/update-encoder.ts';
import type { NodeSnapshot } from '../status/node-snapshot.ts';
import type { Foundation } from './foundation.ts';
import { meterDelivery } from './node-metrics.ts';
import { Publishing } from './publishing.ts';

export type SubscribeOptions = Partial<Omit<SubscriptionSpec, 'deliver'>>;

export interface RunningParts {
  readonly limits: Settings['limits'];
  readonly encoder: UpdateEncoder;
  readonly spool: Spool;
}

/** What exists only in a fleet: made in the order of the flow, begun at once, stopped in the reverse. */
export class RunningNode {
  readonly publishing: Publishing;
  readonly coordinator: Coordinator;
  readonly #foundation: Foundation;
  readonly #fleetId: string;
  readonly #fetcher: NodeFetcher;
  readonly #janitor: Janitor | undefined;

  constructor(foundation: Foundation, found: FoundFleet, { limits, ...publishing }: RunningParts) {
    const { settings, server, keys } = foundation;
    const { fleetId } = found;
    const { forgetAfterMs } = settings.janitor;
    const fleet = { ...settings, limits, server, fleetId, keys };
    const fetcher = openFetcher({ ...foundation, fleetId });
    this.#foundation = foundation;
    this.#fleetId = fleetId;
    this.#fetcher = fetcher;
    this.publishing = new Publishing(foundation, found, publishing);
    this.coordinator = new Coordinator({ ...fleet, forgetAfterMs }, { ...foundation, fetcher });
    if (settings.janitor.enabled)
      this.#janitor = new Janitor(fleet, { ...foundation, tips: this.coordinator });
    watchRewinds({ ...foundation, tips: this.coordinator });
    this.publishing.start();
    this.#janitor?.start();
    this.coordinator.start();
  }

  subscribe(options: SubscribeOptions, deliver: Deliver): Promise<Subscription> {
    const metered = meterDelivery(deliver, this.#foundation);
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

  /** What exists only now that the fleet is known. */
  snapshot(): Pick<NodeSnapshot, 'fleetId' | 'reading' | 'publishing' | 'pool'> {
    return {
      fleetId: this.#fleetId,
      reading: this.coordinator.snapshot(),
      publishing: this.publishing.publisher.snapshot(),
      pool: this.#fetcher.snapshot(),
    };
  }

  /** Leaves the foundation open. */
  async stop(timeoutMs: number): Promise<void> {
    this.#janitor?.stop();
    await Promise.all([this.coordinator.stop({ timeoutMs }), this.publishing.stop(timeoutMs)]);
    await this.#fetcher.stop();
  }

  /** What is published from now on is newer than what was seen. A lane's last update has its highest stamp. */
  #observe(updates: readonly Update[]): void {
    updates.forEach((update, index) => {
      const next = updates[index + 1];
      if (next?.writer === update.writer && next.lane === update.lane) return;
      this.publishing.publisher.observe(BigInt(`0x${update.hlc}`));
    });
  }
}
