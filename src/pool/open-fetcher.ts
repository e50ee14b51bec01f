import type { Metrics } from '../../metrics/registry.ts';
import type { Clock } from '../base/clock.ts';
import type { NodeEmitter } from '../base/events.ts';
import type { Random } from '../base/random.ts';
import type { Settings } from '../config/settings.ts';
import type { FleetKeys } from '../log/fleet-keys.ts';
import type { SegmentFetcher } from '../log/segment-fetcher.ts';
import type { Limiter } from '../store/limiter.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { CountingRunner } from './counting-runner.ts';
import { DirectFetcher } from './direct-fetcher.ts';
import { DirectRunner } from './direct-runner.ts';
import { fetchMeter } from './fetch-meter.ts';
import { segmentFetcher } from './job-faces.ts';
import { LimitedRunner } from './limited-runner.ts';
import { Pool, type PoolSnapshot } from './pool.ts';

export interface FetcherParts {
  readonly settings: Settings;
  /** The driver, metered, but neither limited nor retried. */
  readonly metered: ObjectStore;
  /** Whether worker threads can open the same store by `settings.store`; a store of this process' own they cannot. */
  readonly shareable: boolean;
  readonly fleetId: string;
  readonly keys: FleetKeys;
  readonly limiter: Limiter;
  readonly metrics: Metrics;
  readonly events: NodeEmitter;
  readonly clock: Clock;
  readonly random: Random;
}

/** How a node fetches, until it stops. */
export interface NodeFetcher extends SegmentFetcher {
  stop(options?: { readonly timeoutMs?: number }): Promise<void>;
  snapshot(): PoolSnapshot;
}

/** Worker threads where they can reach the store, this thread where not. */
export function openFetcher(parts: FetcherParts): NodeFetcher {
  const { settings, fleetId, keys, metrics } = parts;
  const { maxSegmentBytes } = settings.read;
  const meter = fetchMeter(metrics);
  if (parts.shareable) {
    const data = { store: settings.store, fleetId, keys, maxSegmentBytes };
    const pool = new Pool(settings.pool, { ...parts, data, retry: settings.retry, meter });
    pool.start();
    return {
      ...segmentFetcher(pool),
      stop: (options) => pool.stop(options),
      snapshot: () => pool.snapshot(),
    };
  }
  const segments = new DirectFetcher({ store: parts.metered, fleetId, keys, maxSegmentBytes });
  const direct = new CountingRunner(new DirectRunner({ segments }), meter);
  return {
    ...segmentFetcher(new LimitedRunner(direct, { ...parts, retry: settings.retry })),
    stop: async () => {},
    snapshot: () => ({ threads: [], pending: 0 }),
  };
}
