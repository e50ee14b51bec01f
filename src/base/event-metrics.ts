import type { Metrics } from '../../metrics/registry.ts';
import type { NodeEmitter } from './events.ts';

/** Counts what a node tells about itself. Gauges are set from snapshots, by `metrics.beforeScrape`. */
export function countEvents(events: NodeEmitter, metrics: Metrics): void {
  const { polls, reading, losses, pool } = metrics;
  events.on('poll', (poll) => polls.complete(poll));
  events.on('poll-failed', () => polls.failed());
  events.on('blocked', () => reading.blocked());
  events.on('unblocked', () => reading.unblocked());
  events.on('gap', (gap) => losses.gap(gap));
  events.on('dead-letter', ({ reason }) => losses.deadLetter(reason));
  events.on('twin', () => losses.twin());
  events.on('distrusted', () => losses.distrusted());
  events.on('unknown-loss', () => losses.unknownLoss());
  events.on('crashed', () => losses.crash());
  events.on('thread-lost', () => pool.threadLost());
}
