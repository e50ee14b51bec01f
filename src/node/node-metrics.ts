import type { Metrics } from '../../metrics/registry.ts';
import type { Deliver } from '../coordinate/sink-runner.ts';
import type { NodeSnapshot } from '../status/node-snapshot.ts';
import type { Foundation } from './foundation.ts';

/** Counts what a node's events tell. */
export function meterEvents({ events, metrics }: Pick<Foundation, 'events' | 'metrics'>): void {
  const { polls, losses, reading, pool } = metrics;
  events.on('poll', (poll) => polls.complete(poll));
  events.on('poll-failed', () => polls.failed());
  events.on('gap', (gap) => losses.gap(gap));
  events.on('dead-letter', ({ reason }) => losses.deadLetter(reason));
  events.on('twin', () => losses.twin());
  events.on('distrusted', () => losses.distrusted());
  events.on('unknown-loss', () => losses.unknownLoss());
  events.on('crashed', () => losses.crash());
  events.on('blocked', () => reading.blocked());
  events.on('unblocked', () => reading.unblocked());
  events.on('thread-lost', () => pool.threadLost());
}

/** Sets the gauges from a snapshot at each scrape. */
export function meterSnapshots(metrics: Metrics, snapshot: () => NodeSnapshot): void {
  metrics.beforeScrape(() => {
    const { limiter, pool, reading } = snapshot();
    metrics.limits.set(limiter);
    if (pool) metrics.pool.set(pool);
    if (reading) metrics.reading.setBytesInFlight(reading.bytesHeld);
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
