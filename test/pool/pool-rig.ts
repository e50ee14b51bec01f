import type { TestContext } from 'node:test';
import type { Worker } from 'node:worker_threads';
import { createMetrics, type Metrics } from '../../metrics/registry.ts';
import { type Clock, systemClock } from '../../src/base/clock.ts';
import { Emitter } from '../../src/base/emitter.ts';
import type { NodeEvents } from '../../src/base/events.ts';
import type { Random } from '../../src/base/random.ts';
import { defaultSettings, type Settings } from '../../src/config/settings.ts';
import { type FleetKeys, noKeys } from '../../src/log/fleet-keys.ts';
import type { ObjectReader } from '../../src/log/object-reader.ts';
import type { SegmentFetcher } from '../../src/log/segment-fetcher.ts';
import { fetchMeter } from '../../src/pool/fetch-meter.ts';
import type { ObjectsPlace } from '../../src/pool/job.ts';
import { objectReader, segmentFetcher } from '../../src/pool/job-faces.ts';
import { Pool } from '../../src/pool/pool.ts';
import { Limiter } from '../../src/store/limiter.ts';
import { settle } from '../support/fake-clock.ts';
import { fleetId } from './segment-maker.ts';

/** A pool with its two faces. */
export type RiggedPool = Pool & SegmentFetcher & { readonly objects: ObjectReader };

export interface PoolRig {
  readonly pool: RiggedPool;
  readonly metrics: Metrics;
  readonly limiter: Limiter;
  readonly lost: NodeEvents['thread-lost'][];
  /** Every thread ever started, in order. */
  readonly workers: Worker[];
}

export interface PoolRigOptions {
  readonly store: Partial<Settings['store']>;
  readonly keys?: FleetKeys;
  readonly threads?: number;
  readonly fetchesPerThread?: number;
  readonly clock?: Clock;
  readonly retry?: Settings['retry'];
  readonly objects?: Partial<Omit<ObjectsPlace, 'store'>> & { readonly store?: Partial<Settings['store']> };
}

/** The whole of every random wait, so that the waits are known. */
const random: Random = { bytes: (length) => new Uint8Array(length), float: () => 1 };

/** A started pool that ends with the test. */
export async function startPool(t: TestContext, options: PoolRigOptions): Promise<PoolRig> {
  const { keys = noKeys, threads = 2, fetchesPerThread = 16, clock = systemClock } = options;
  const { retry = { attempts: 5, baseMs: 1, capMs: 20 } } = options;
  const metrics = createMetrics();
  const limiter = new Limiter(defaultSettings.limits, { clock });
  const events = new Emitter<NodeEvents>();
  const lost: NodeEvents['thread-lost'][] = [];
  events.on('thread-lost', (event) => lost.push(event));
  const workers: Worker[] = [];
  const seen = (worker: Worker) => workers.push(worker);
  process.on('worker', seen);
  const store = { ...defaultSettings.store, ...options.store };
  const objects = {
    prefix: 'feed-updates/',
    maxBytes: 1_000_000,
    ...options.objects,
    store: { ...store, ...options.objects?.store },
  };
  const data = { store, fleetId, keys, maxSegmentBytes: 10_000_000, rangeBytes: 8_000_000, objects };
  const bare = new Pool(
    { threads, fetchesPerThread },
    { data, events, meter: fetchMeter(metrics), clock, random, retry, limiter },
  );
  const pool = Object.assign(bare, segmentFetcher(bare), { objects: objectReader(bare) });
  pool.start();
  t.after(async () => {
    await pool.stop();
    process.off('worker', seen);
  });
  // Node tells of new threads a moment later.
  await settle();
  return { pool, metrics, limiter, lost, workers };
}

/** Resolves when a thread has ended, whether or not by an error. */
export function exited(worker: Worker): Promise<void> {
  return new Promise((resolve) => worker.once('exit', () => resolve()));
}
