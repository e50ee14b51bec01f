import type { Metrics } from '../../metrics/registry.ts';
import { type SourceKind, type SourcesReading, sourceKinds } from '../../metrics/sources.ts';
import type { SpoolReading } from '../../metrics/spool.ts';
import type { SubscriptionReading } from '../../metrics/subscriptions.ts';
import type { Deliver } from '../coordinate/sink-runner.ts';
import type { SubscriptionSnapshot } from '../coordinate/subscription-snapshot.ts';
import type { NodeSnapshot } from '../status/node-snapshot.ts';
import type { Foundation } from './foundation.ts';

/** Counts what a node's events tell. */
export function meterEvents({ events, metrics }: Pick<Foundation, 'events' | 'metrics'>): void {
  const { polls, losses, fleet, pool, traffic, objects, sources, hints } = metrics;
  events.on('poll', (poll) => polls.complete(poll));
  events.on('poll-failed', () => polls.failed());
  events.on('objects-listed', (listing) => objects.listed(listing));
  events.on('objects-listing-failed', () => objects.failed());
  events.on('source-failed', ({ source }) => {
    const kind = kindOfSource(source);
    if (kind !== undefined) sources.failed(kind);
  });
  events.on('gap', (gap) => losses.gap(gap));
  events.on('dead-letter', ({ reason }) => losses.deadLetter(reason));
  events.on('twin', () => fleet.twin());
  events.on('distrusted', () => fleet.distrusted());
  events.on('rewound', ({ kind }) => fleet.rewound(kind));
  events.on('parked', ({ writers }) => fleet.parked(writers.length));
  events.on('trimmed', ({ from, to }) => fleet.trimmed(to - from));
  events.on('unknown-loss', () => losses.unknownLoss());
  events.on('recovered', ({ updates }) => losses.recovered(updates));
  events.on('crashed', () => losses.crash());
  events.on('segment-written', ({ bytes }) => traffic.encoded(bytes));
  events.on('thread-lost', () => pool.threadLost());
  events.on('heartbeat-failed', () => metrics.heartbeat.failed());
  events.on('hints-failed', ({ transport }) => hints.failed(transport));
}

/** Sets the gauges from a snapshot at each scrape. Returns a function that ends that. */
export function meterSnapshots(
  { metrics }: Pick<Foundation, 'metrics'>,
  snapshot: () => NodeSnapshot,
): () => void {
  return metrics.beforeScrape(() => {
    const now = snapshot();
    metrics.node.set(now);
    metrics.limits.set(now.limiter);
    if (now.pool) metrics.pool.set(now.pool);
    metrics.handlers.set({ threads: now.handlerThreads ?? [] });
    metrics.spool.set(spoolReading(now.spool));
    readDeadLetters(metrics, now);
    readReading(metrics, now);
    metrics.objects.set(now.objects);
    metrics.webhook.set({ broken: now.brokenEndpoints });
    metrics.hints.set(now.hints);
    metrics.index.set(now.index);
    if (now.claims) metrics.claims.set(now.claims);
    if (now.snapshots) metrics.snapshots.set(now.snapshots);
    if (now.heartbeat) metrics.heartbeat.set(now.heartbeat);
    for (const kind of sourceKinds) metrics.sources.set(kind, sourcesReading(kind, now));
  });
}

/** Counts what a sink takes, and how old the oldest of it was. */
export function meterDelivery(
  deliver: Deliver,
  { metrics, clock }: Pick<Foundation, 'metrics' | 'clock'>,
): Deliver {
  return async (updates, control) => {
    try {
      await deliver(updates, control);
    } catch (error) {
      metrics.updates.deliveryFailed(updates.length);
      throw error;
    }
    const oldest = updates.reduce((time, update) => Math.min(time, update.time), clock.now());
    metrics.updates.delivered(updates.length, (clock.now() - oldest) / 1000);
  };
}

function spoolReading({ enabled, maxBytes, oldestAgoMs = 0, ...rest }: NodeSnapshot['spool']): SpoolReading {
  return { ...rest, oldestAgeMs: oldestAgoMs, maxBytes: enabled ? maxBytes : 0 };
}

function readDeadLetters(metrics: Metrics, { deadLetters, now }: NodeSnapshot): void {
  const { count, oldestAt = now } = deadLetters;
  metrics.deadLetters.set({ count, oldestAgeMs: Math.max(0, now - oldestAt) });
}

function readReading(metrics: Metrics, { reading, objects, limits, now }: NodeSnapshot): void {
  const maxBytes = limits.bytesInFlight;
  if (!reading) {
    metrics.reading.set({ bytesHeld: 0, maxBytes, lanes: 0, blockedLanes: 0 });
    return;
  }
  const { poll, skewMs = 0, tips: liveWriters, parkedWriters, parkedBatches, twins } = reading;
  const unheard = sum(reading.missingKeys, ({ lanes }) => lanes);
  const bytesHeld = sum([reading, ...(objects?.subscriptions ?? [])], (one) => one.bytesHeld);
  metrics.reading.set({ ...reading, bytesHeld, maxBytes, blockedLanes: reading.blockedLanes + unheard });
  metrics.polls.set({
    lastSuccessAt: poll.agoMs === undefined ? 0 : now - poll.agoMs,
    failures: poll.failures,
  });
  metrics.fleet.set({ skewMs, liveWriters, parkedWriters, parkedBatches, twinNames: twins.length });
  const subscriptions = [...reading.subscriptions, ...(objects?.subscriptions ?? [])];
  metrics.subscriptions.set(subscriptions.map(subscriptionReading));
}

function sourcesReading(kind: SourceKind, { sources }: NodeSnapshot): SourcesReading {
  const some = sources.filter(({ name }) => kindOfSource(name) === kind);
  return {
    pending: sum(some, ({ pending }) => pending),
    published: sum(some, ({ published }) => published),
    refused: sum(some, ({ refused }) => refused),
    inTrouble: some.filter(({ trouble }) => trouble !== undefined).length,
  };
}

/** Names begin with it: `watch /var/feeds`. */
function kindOfSource(name: string): SourceKind | undefined {
  return sourceKinds.find((kind) => name.startsWith(`${kind} `));
}

function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}

function subscriptionReading(subscription: SubscriptionSnapshot): SubscriptionReading {
  const { name, state, lag, lagSeconds, lagUpdates } = subscription;
  return {
    ...(!/^unnamed-\d+(\/objects)?$/.test(name) && { name }),
    lagSeconds,
    lagSegments: lag,
    lagUpdates: lagUpdates.count,
    paused: state === 'paused',
  };
}
