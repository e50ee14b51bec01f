import { Registry } from 'prom-client';
import { registerBuildInfo } from './build-info.ts';
import { Limits } from './limits.ts';
import { Losses } from './losses.ts';
import { Polls } from './polls.ts';
import { Pool } from './pool.ts';
import { Reading } from './reading.ts';
import { StoreRequests } from './store-requests.ts';
import { Updates } from './updates.ts';

/** The metrics of one node, each family in its own file. Labels never name feeds, lanes, writers or servers. */
export interface Metrics {
  readonly store: StoreRequests;
  readonly updates: Updates;
  readonly polls: Polls;
  readonly limits: Limits;
  readonly pool: Pool;
  readonly reading: Reading;
  readonly losses: Losses;
  /** Has `read` called before each `text()`, to set gauges from snapshots. */
  beforeScrape(read: () => void): void;
  /** All of it in Prometheus' text format. */
  text(): Promise<string>;
  /** The `Content-Type` that goes with `text()`. */
  readonly contentType: string;
}

/** Metrics with a registry of their own, so that several nodes in one process do not mix. */
export function createMetrics({ version }: { readonly version?: string } = {}): Metrics {
  const registry = new Registry();
  const readers: (() => void)[] = [];
  if (version !== undefined) registerBuildInfo(registry, version);
  return {
    store: new StoreRequests(registry),
    updates: new Updates(registry),
    polls: new Polls(registry),
    limits: new Limits(registry),
    pool: new Pool(registry),
    reading: new Reading(registry),
    losses: new Losses(registry),
    beforeScrape: (read) => readers.push(read),
    text: () => {
      for (const read of readers) read();
      return registry.metrics();
    },
    contentType: registry.contentType,
  };
}
