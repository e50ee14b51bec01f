import type { Metrics } from '../../metrics/registry.ts';
import type { Clock } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import type { Settings } from '../config/settings.ts';
import type { Limiter } from '../store/limiter.ts';
import { LimitingStore } from '../store/limiting-store.ts';
import { MeteringStore } from '../store/metering-store.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { RetryingStore } from '../store/retrying-store.ts';
import type { StoreHealth } from '../store/store-health.ts';

export interface LayeredStore {
  /** The driver, metered only: for the fetchers, which limit and retry by themselves. */
  readonly metered: ObjectStore;
  readonly store: ObjectStore;
}

export interface LayerParts {
  readonly metrics: Pick<Metrics, 'store'>;
  readonly limiter: Limiter;
  readonly clock: Clock;
  readonly random: Random;
  readonly retry: Settings['retry'];
  readonly health?: StoreHealth;
}

/** A driver with everything around it: retries, each admitted by the host's limiter, each counted. */
export function layeredStore(driver: ObjectStore, parts: LayerParts): LayeredStore {
  const { metrics, limiter, clock, random, retry, health } = parts;
  const metered = new MeteringStore(driver, metrics, clock, health);
  const store = new RetryingStore(new LimitingStore(metered, limiter), { settings: retry, clock, random });
  return { metered, store };
}
