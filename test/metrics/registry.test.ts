import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createMetrics } from '../../metrics/registry.ts';
import { Emitter } from '../../src/base/emitter.ts';

import type { NodeEvents } from '../../src/base/events.ts';
import { meterEvents } from '../../src/node/node-metrics.ts';

/** The families of a text: name → type. */
function families(text: string): Map<string, string> {
  const lines = text.matchAll(/^# TYPE (\S+) (\S+)$/gm);
  return new Map([...lines].map(([, name, type]) => [name!, type!]));
}

describe('the metrics', () => {
  it('are all named after Bucketcast, in base units, with the endings that Prometheus expects', async () => {
    for (const [name, type] of families(await createMetrics({ version: '1.2.3' }).text())) {
      assert.match(name, /^bucketcast_[a-z_]+$/);
      assert.equal(name.endsWith('_total'), type === 'counter', name);
      if (type === 'histogram') assert.match(name, /_seconds$/);
      assert.doesNotMatch(name, /_(ms|milliseconds|kb|mib)(_|$)/);
    }
  });

  it('have no label that grows with the fleet', async () => {
    const metrics = createMetrics({ version: '1.2.3' });
    metrics.store.observe({ operation: 'get', result: 'ok', seconds: 1 });
    const text = await metrics.text();
    const labels = new Set([...text.matchAll(/([a-z]+)="/g)].map(([, label]) => label));
    const allowed = ['operation', 'result', 'direction', 'reason', 'state', 'le', 'version', 'node'];
    assert.deepEqual(
      [...labels].filter((label) => !allowed.includes(label!)),
      [],
    );
  });

  it('of two nodes in one process do not mix', async () => {
    const [one, other] = [createMetrics(), createMetrics()];
    one.losses.twin();
    assert.match(await one.text(), /^bucketcast_twins_total 1$/m);
    assert.match(await other.text(), /^bucketcast_twins_total 0$/m);
  });

  it('are there with zero before anything has happened, so that a first loss is a rise', async () => {
    const text = await createMetrics().text();
    assert.match(text, /^bucketcast_dead_letters_total\{reason="poison"\} 0$/m);
    assert.match(text, /^bucketcast_gap_segments_total\{reason="missing"\} 0$/m);
    assert.match(text, /^bucketcast_updates_total\{direction="delivered",result="failed"\} 0$/m);
  });

  it('set gauges from snapshots when they are asked for', async () => {
    const metrics = createMetrics();
    let inFlight = 3;
    metrics.beforeScrape(() =>
      metrics.limits.set({ inFlight, concurrency: 8, maxConcurrency: 64, waiting: 1 }),
    );
    const thread = { alive: true, running: 2, waiting: 1, utilisation: 0.5 };
    metrics.beforeScrape(() =>
      metrics.pool.set({ threads: [thread, { ...thread, alive: false, utilisation: 0 }] }),
    );
    assert.match(await metrics.text(), /^bucketcast_limiter_requests_in_flight 3$/m);
    inFlight = 4;
    const text = await metrics.text();
    assert.match(text, /^bucketcast_limiter_requests_in_flight 4$/m);
    assert.match(text, /^bucketcast_pool_threads 1$/m);
    assert.match(text, /^bucketcast_pool_fetches\{state="running"\} 4$/m);
    assert.match(text, /^bucketcast_pool_utilisation_ratio 0.25$/m);
  });

  it('count publishing and delivering with their latencies', async () => {
    const metrics = createMetrics();
    metrics.updates.published(0.03);
    metrics.updates.publishFailed();
    metrics.updates.delivered(500, 1.5);
    metrics.updates.deliveryFailed(2);
    const text = await metrics.text();
    assert.match(text, /^bucketcast_updates_total\{direction="published",result="ok"\} 1$/m);
    assert.match(text, /^bucketcast_updates_total\{direction="delivered",result="ok"\} 500$/m);
    assert.match(text, /^bucketcast_delivery_delay_seconds_sum 1.5$/m);
    assert.match(text, /^bucketcast_publish_duration_seconds_bucket\{le="0.05"\} 1$/m);
  });

  it('count the events of a node', async () => {
    const metrics = createMetrics();
    const events = new Emitter<NodeEvents>();
    meterEvents({ events, metrics });
    const lane = { subscription: 's', writer: 'w', lane: 0 };
    events.emit('poll', { advanced: 2, requests: 1, durationMs: 20 });
    events.emit('poll-failed', { error: new Error('x'), retryInMs: 1 });
    events.emit('gap', { ...lane, reason: 'expired', from: 10, to: 15, key: 'k' });
    events.emit('dead-letter', { subscription: 's', reason: 'expired', id: 1, message: 'm' });
    events.emit('blocked', { ...lane, reason: 'unknown-key', key: 'k', hint: 'h' });
    events.emit('thread-lost', { thread: 0, error: new Error('x') });
    const text = await metrics.text();
    for (const line of [
      'bucketcast_polls_total{result="ok"} 1',
      'bucketcast_polls_total{result="failed"} 1',
      'bucketcast_poll_requests_total 1',
      'bucketcast_poll_lanes_advanced_total 2',
      'bucketcast_gap_segments_total{reason="expired"} 5',
      'bucketcast_dead_letters_total{reason="expired"} 1',
      'bucketcast_lanes_blocked 1',
      'bucketcast_pool_threads_lost_total 1',
    ]) {
      assert.ok(text.includes(`\n${line}\n`), line);
    }
    events.emit('unblocked', lane);
    assert.match(await metrics.text(), /^bucketcast_lanes_blocked 0$/m);
  });
});
