import { Registry } from 'prom-client';
import { registerBuildInfo } from './build-info.ts';
import { Claims } from './claims.ts';
import { noPrices, type RequestPrices } from './cost.ts';
import { DeadLetters } from './dead-letters.ts';
import { Feeds } from './feeds.ts';
import { Fleet } from './fleet.ts';
import { Handlers } from './handlers.ts';
import { Heartbeats } from './heartbeat.ts';
import { Hints } from './hints.ts';
import { Http } from './http.ts';
import { Limits } from './limits.ts';
import { Losses } from './losses.ts';
import { NodeLife } from './node-life.ts';
import { Objects } from './objects.ts';
import { Polls } from './polls.ts';
import { Pool } from './pool.ts';
import { Reading } from './reading.ts';
import { Runtime } from './runtime.ts';
import { Snapshots } from './snapshots.ts';
import { Sources } from './sources.ts';
import { Spool } from './spool.ts';
import { StoreRequests } from './store-requests.ts';
import { Subscriptions } from './subscriptions.ts';
import { Traffic } from './traffic.ts';
import { Updates } from './updates.ts';
import { UrlIndex } from './url-index.ts';
import { Webhook } from './webhook.ts';

/** The metrics of one node, each family in its own file. Labels never name feeds, lanes, writers or servers. */
export interface Metrics {
  readonly store: StoreRequests;
  readonly traffic: Traffic;
  readonly updates: Updates;
  readonly subscriptions: Subscriptions;
  readonly polls: Polls;
  readonly limits: Limits;
  readonly pool: Pool;
  readonly handlers: Handlers;
  readonly reading: Reading;
  readonly losses: Losses;
  readonly deadLetters: DeadLetters;
  readonly fleet: Fleet;
  readonly node: NodeLife;
  readonly runtime: Runtime;
  readonly spool: Spool;
  readonly http: Http;
  readonly feeds: Feeds;
  readonly webhook: Webhook;
  readonly objects: Objects;
  readonly sources: Sources;
  readonly hints: Hints;
  readonly index: UrlIndex;
  readonly claims: Claims;
  readonly snapshots: Snapshots;
  readonly heartbeat: Heartbeats;
  /** Has `read` called before each `text()`, to set gauges from snapshots. Returns a function that ends that. */
  beforeScrape(read: () => void): () => void;
  /** All of it in Prometheus' text format. */
  text(): Promise<string>;
  /** The `Content-Type` that goes with `text()`. */
  readonly contentType: string;
  /** Ends what watches the process. */
  close(): void;
}

export interface MetricsOptions {
  readonly version?: string;
  /** What requests cost. Default: nothing. */
  readonly prices?: RequestPrices;
}

/** Metrics with a registry of their own, so that several nodes in one process do not mix. */
export function createMetrics({ version, prices = noPrices }: MetricsOptions = {}): Metrics {
  const registry = new Registry();
  const runtime = new Runtime(registry);
  const readers = new Set([() => runtime.read()]);
  if (version !== undefined) registerBuildInfo(registry, version);
  const traffic = new Traffic(registry);
  return {
    store: new StoreRequests(registry, traffic, prices),
    traffic,
    updates: new Updates(registry),
    subscriptions: new Subscriptions(registry),
    polls: new Polls(registry),
    limits: new Limits(registry),
    pool: new Pool(registry),
    handlers: new Handlers(registry),
    reading: new Reading(registry),
    losses: new Losses(registry),
    deadLetters: new DeadLetters(registry),
    fleet: new Fleet(registry),
    node: new NodeLife(registry),
    runtime,
    spool: new Spool(registry),
    http: new Http(registry),
    feeds: new Feeds(registry),
    webhook: new Webhook(registry),
    objects: new Objects(registry),
    sources: new Sources(registry),
    hints: new Hints(registry),
    index: new UrlIndex(registry),
    claims: new Claims(registry),
    snapshots: new Snapshots(registry),
    heartbeat: new Heartbeats(registry),
    beforeScrape: (read) => {
      readers.add(read);
      return () => readers.delete(read);
    },
    text: () => {
      for (const read of readers) read();
      return registry.metrics();
    },
    contentType: registry.contentType,
    close: () => runtime.close(),
  };
}
