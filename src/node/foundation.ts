import { createMetrics, type Metrics } from '../../metrics/registry.ts';
import { type Clock, systemClock } from '../base/clock.ts';
import type { NodeEmitter } from '../base/events.ts';
import { type Logger, silentLogger } from '../base/logger.ts';
import { packageVersion } from '../base/package-version.ts';
import { type Random, systemRandom } from '../base/random.ts';
import { defaultStateDirectory } from '../config/default-state-directory.ts';
import type { Settings } from '../config/settings.ts';
import type { HintTransport } from '../hints/hint-transport.ts';
import { fleetKeys } from '../log/fleet-keys.ts';
import { LiveKeys } from '../log/live-keys.ts';
import { openState } from '../state/open-state.ts';
import type { State } from '../state/state.ts';
import { Limiter } from '../store/limiter.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { openStore } from '../store/open-store.ts';
import { pricesFor } from '../store/prices.ts';
import { StoreHealth } from '../store/store-health.ts';
import { type LayeredStore, layeredStore } from './layered-store.ts';
import { ObjectsStore } from './objects-store.ts';

/** What may be handed in; the rest is made from the settings, and closed with what was made. */
export interface Components {
  /** The bare driver. Limiting, metering and retrying are put around it. */
  readonly store: ObjectStore;
  readonly state: State;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Ways of hints besides those of the settings; the node starts and stops them. */
  readonly hintTransports: readonly HintTransport[];
}

/** What every part of a node stands on, before it has talked to the bucket. */
export interface Foundation extends LayeredStore {
  readonly settings: Settings;
  readonly server: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly events: NodeEmitter;
  readonly metrics: Metrics;
  readonly limiter: Limiter;
  readonly health: StoreHealth;
  readonly keys: LiveKeys;
  readonly state: State;
  /** Of a state that was opened here. */
  readonly stateDirectory: string | undefined;
  readonly objects: ObjectsStore;
  /** Whether other threads can open the same store by its settings. */
  readonly shareable: boolean;
  /** Whether the store was handed in, so that `store.url` says nothing of it. */
  readonly isHandedIn: boolean;
  readonly hintTransports: readonly HintTransport[];
  /** Closes what was made here, not what was handed in. */
  close(): Promise<void>;
}

/** Whom it is for, and where its events go. */
export interface Identity {
  readonly settings: Settings;
  readonly server: string;
  readonly events: NodeEmitter;
}

export interface FoundationOptions {
  /** `guest` goes beside a running node of the same state directory. */
  readonly role?: 'node' | 'guest';
}

/** Throws `state-unusable`, `invalid-settings`. Does not talk to the bucket. */
export async function openFoundation(
  { settings, server, events }: Identity,
  components: Partial<Components>,
  { role = 'node' }: FoundationOptions = {},
): Promise<Foundation> {
  const { clock = systemClock, random = systemRandom, logger = silentLogger } = components;
  const options = { version: packageVersion, prices: pricesFor(settings) };
  const metrics = components.metrics ?? createMetrics(options);
  const keys = new LiveKeys(fleetKeys(settings.encryption));
  const limiter = new Limiter(settings.limits, { clock, meter: metrics.limits });
  const driver = components.store ?? (await openStore(settings.store));
  const directory = settings.state ?? defaultStateDirectory(server);
  let state: State;
  try {
    state = components.state ?? openState({ directory, server, clock, random, role });
  } catch (error) {
    if (!components.store) await driver.close();
    throw error;
  }
  const health = new StoreHealth(clock, (trouble) => events.emit('store-away', trouble));
  const layers = { metrics, limiter, clock, random, retry: settings.retry };
  const objects = new ObjectsStore(settings, layers, components.store);
  const shareable = components.store === undefined && !settings.store.url.startsWith('memory:');
  const close = async () => {
    await objects.close();
    if (!components.store) await driver.close();
    if (!components.state) state.close();
    if (!components.metrics) metrics.close();
  };
  return {
    settings,
    server,
    clock,
    random,
    logger,
    events,
    metrics,
    limiter,
    health,
    keys,
    state,
    stateDirectory: components.state ? undefined : directory,
    ...layeredStore(driver, { ...layers, health }),
    objects,
    shareable,
    isHandedIn: components.store !== undefined,
    hintTransports: components.hintTransports ?? [],
    close,
  };
}
