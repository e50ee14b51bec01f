import type { Metrics } from '../../metrics/registry.ts';
import type { Clock } from '../base/clock.ts';
import type { NodeEmitter } from '../base/events.ts';
import type { Random } from '../base/random.ts';
import type { Settings } from '../config/settings.ts';
import type { FleetKeys } from '../log/fleet-keys.ts';
import type { SegmentFetcher } from '../log/segment-fetcher.ts';
import type { Limiter } from '../store/limiter.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { DirectFetcher } from './direct-fetcher.ts';
import { fetchMeter } from './fetch-meter.ts';
import { LimitedFetcher } from './limited-fetcher.ts';
import { PooledFetcher, type PoolSnapshot } from './pooled-fetcher.ts';

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
  if (parts.shareable) {
    const data = { store: settings.store, fleetId, keys, maxSegmentBytes };
    const meter = fetchMeter(metrics);
    const pooled = new PooledFetcher(settings.pool, { ...parts, data, retry: settings.retry, meter });
    pooled.start();
    return pooled;
  }
  const direct = new DirectFetcher({ store: parts.metered, fleetId, keys, maxSegmentBytes });
  const counted: SegmentFetcher = {
    async fetch(task, signal) {
      const outcome = await direct.fetch(task, signal);
      if (outcome.status === 'fetched') metrics.traffic.decoded(outcome.segment.bytes.byteLength);
      return outcome;
    },
  };
  const limited = new LimitedFetcher(counted, { ...parts, retry: settings.retry });
  return {
    fetch: (task, signal) => limited.fetch(task, signal),
    stop: async () => {},
    snapshot: () => ({ threads: [], pending: 0 }),
  };
}
