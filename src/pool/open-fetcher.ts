import type { Metrics } from '../../metrics/registry.ts';
import type { Clock } from '../base/clock.ts';
import type { NodeEmitter } from '../base/events.ts';
import type { Random } from '../base/random.ts';
import type { Settings } from '../config/settings.ts';
import type { FleetKeys } from '../log/fleet-keys.ts';
import type { ObjectReader } from '../log/object-reader.ts';
import type { SegmentFetcher } from '../log/segment-fetcher.ts';
import type { Limiter } from '../store/limiter.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { CountingRunner } from './counting-runner.ts';
import { DirectFetcher } from './direct-fetcher.ts';
import { DirectObjectReader } from './direct-object-reader.ts';
import { DirectRunner } from './direct-runner.ts';
import { fetchMeter } from './fetch-meter.ts';
import { objectReader, segmentFetcher } from './job-faces.ts';
import { LimitedRunner } from './limited-runner.ts';
import { Pool, type PoolSnapshot } from './pool.ts';

export interface FetcherParts {
  readonly settings: Settings;
  /** The driver, metered, but neither limited nor retried. */
  readonly metered: ObjectStore;
  /** Whether worker threads can open the same store by `settings.store`; a store of this process' own they cannot. */
  readonly shareable: boolean;
  readonly objects: ObjectsAccess;
  readonly fleetId: string;
  readonly keys: FleetKeys;
  readonly limiter: Limiter;
  readonly metrics: Metrics;
  readonly events: NodeEmitter;
  readonly clock: Clock;
  readonly random: Random;
}

/** Where the objects layout lies, and what opens it in this thread when it is asked for. */
export interface ObjectsAccess {
  readonly settings: Settings['store'];
  open(): Promise<{ readonly metered: Pick<ObjectStore, 'get' | 'list'> }>;
}

/** How a node reads segments and objects, until it stops: two faces of one pool of threads. */
export interface NodeFetcher extends SegmentFetcher {
  readonly objects: ObjectReader;
  stop(options?: { readonly timeoutMs?: number }): Promise<void>;
  snapshot(): PoolSnapshot;
  /** The keys have changed. Resolves when every thread has them. */
  rekeyed(): Promise<void>;
}

/** Worker threads where they can reach the store, this thread where not: for each layout by itself. */
export function openFetcher(parts: FetcherParts): NodeFetcher {
  const { settings, fleetId, keys, metrics, metered, objects } = parts;
  const { maxSegmentBytes, rangeBytes } = settings.read;
  const { prefix, maxBytes } = settings.objects;
  const options = { ...parts, retry: settings.retry, meter: fetchMeter(metrics) };
  const segments = new DirectFetcher({ store: metered, fleetId, keys, maxSegmentBytes, rangeBytes });
  const direct = new DirectRunner({
    segments: async () => segments,
    objects: async () => new DirectObjectReader({ store: (await objects.open()).metered, prefix, maxBytes }),
  });
  const here = new LimitedRunner(new CountingRunner(direct, options.meter), options);
  if (!parts.shareable) {
    return {
      ...segmentFetcher(here),
      objects: objectReader(here),
      stop: async () => {},
      rekeyed: async () => {},
      snapshot: () => ({ threads: [], pending: 0 }),
    };
  }
  const place = { store: objects.settings, prefix, maxBytes };
  const data = { store: settings.store, fleetId, keys, maxSegmentBytes, rangeBytes, objects: place };
  const pool = new Pool(settings.pool, { ...options, data });
  pool.start();
  return {
    ...segmentFetcher(pool),
    objects: objectReader(objects.settings.url.startsWith('memory:') ? here : pool),
    stop: (timeout) => pool.stop(timeout),
    snapshot: () => pool.snapshot(),
    rekeyed: () => pool.rekeyed(),
  };
}
