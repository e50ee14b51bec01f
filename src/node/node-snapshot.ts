import type { CoordinatorSnapshot } from '../coordinate/coordinator.ts';
import type { PoolSnapshot } from '../pool/pooled-fetcher.ts';
import type { PublisherSnapshot } from '../publish/publisher.ts';
import type { LimiterSnapshot } from '../store/limiter.ts';

/** What a node is doing just now: plain values. */
export interface NodeSnapshot {
  readonly server: string;
  readonly store: string;
  readonly state: string;
  readonly fleetId: string;
  readonly reading: CoordinatorSnapshot;
  readonly publishing: PublisherSnapshot;
  readonly limiter: LimiterSnapshot;
  readonly pool: PoolSnapshot;
}
