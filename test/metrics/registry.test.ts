import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createMetrics, type Metrics } from '../../metrics/registry.ts';
import { blockLoop } from '../support/block-loop.ts';
import { families, valuesOf } from './exposition.ts';
import { faultsOf } from './naming.ts';

const read = async (metrics: Metrics) => valuesOf(await metrics.text());

describe('the metrics', () => {
  it('are all named after Bucketcast, in base units, with the endings that Prometheus expects', async () => {
    const all = families(await createMetrics({ version: '1.2.3' }).text());
    assert.ok(all.length > 50);
    assert.deepEqual(
      all.flatMap((family) => faultsOf(family).map((fault) => `${family.name} ${fault}`)),
      [],
    );
    const bad = { name: 'requests_ms', type: 'counter', help: 'x', series: [] };
    assert.equal(faultsOf(bad).length, 4);
  });

  it('have no label that grows, and say so when one does', () => {
    const series = (feed: string) => ({ name: 'x', labels: new Map([['feed', feed]]), value: 1 });
    const grows = {
      name: 'bucketcast_x_total',
      type: 'counter',
      help: 'Some counter.',
      series: [series('a')],
    };
    assert.deepEqual(faultsOf(grows), ['has the label feed']);
    const named = Array.from({ length: 103 }, (_, at) => ({
      ...series(''),
      labels: new Map([['subscription', `s${at}`]]),
    }));
    assert.deepEqual(faultsOf({ ...grows, series: named }), ['has 103 values of subscription']);
  });

  it('of two nodes in one process do not mix', async () => {
    const [one, other] = [createMetrics(), createMetrics()];
    one.fleet.twin();
    assert.equal((await read(one)).get('bucketcast_twins_total'), 1);
    assert.equal((await read(other)).get('bucketcast_twins_total'), 0);
  });

  it('are there with zero before anything has happened, so that a first loss is a rise', async () => {
    const all = families(await createMetrics().text());
    for (const { name, type, series } of all) {
      if (type !== 'counter' || /process_cpu/.test(name)) continue;
      assert.ok(series.length > 0, name);
      for (const { value } of series) assert.equal(value, 0, name);
    }
    const empty = all.filter(({ series }) => series.length === 0).map(({ name }) => name);
    assert.deepEqual(
      empty.filter((name) => !name.startsWith('bucketcast_subscription_')),
      [],
    );
  });

  it('set gauges from snapshots when they are asked for', async () => {
    const metrics = createMetrics();
    const rest = { concurrency: 8, maxConcurrency: 64, waiting: 1, throttled: 4, cuts: 2 };
    let inFlight = 3;
    metrics.beforeScrape(() => metrics.limits.set({ inFlight, ...rest }));
    const thread = { alive: true, running: 2, waiting: 1, utilisation: 0.5 };
    metrics.beforeScrape(() =>
      metrics.pool.set({ threads: [thread, { ...thread, alive: false, utilisation: 0 }] }),
    );
    assert.equal((await read(metrics)).get('bucketcast_limiter_requests_in_flight'), 3);
    inFlight = 4;
    const values = await read(metrics);
    assert.equal(values.get('bucketcast_limiter_requests_in_flight'), 4);
    assert.equal(values.get('bucketcast_limiter_throttled_total'), 4);
    assert.equal(values.get('bucketcast_limiter_cuts_total'), 2);
    assert.equal(values.get('bucketcast_pool_threads'), 1);
    assert.equal(values.get('bucketcast_pool_fetches{state="running"}'), 4);
    assert.equal(values.get('bucketcast_pool_utilisation_ratio'), 0.25);
    assert.equal(values.get('bucketcast_pool_utilisation_max_ratio'), 0.5);
  });

  it('count publishing and delivering with their latencies', async () => {
    const metrics = createMetrics();
    metrics.updates.published(0.03);
    metrics.updates.published(0.0005, 'spool');
    metrics.updates.publishFailed();
    metrics.updates.delivered(500, 1.5);
    metrics.updates.deliveryFailed(2);
    const values = await read(metrics);
    assert.equal(values.get('bucketcast_updates_total{direction="published",result="ok"}'), 2);
    assert.equal(values.get('bucketcast_updates_total{direction="delivered",result="ok"}'), 500);
    assert.equal(values.get('bucketcast_updates_total{direction="delivered",result="failed"}'), 2);
    assert.equal(values.get('bucketcast_delivery_delay_seconds_sum'), 1.5);
    const bucket = 'bucketcast_publish_duration_seconds_bucket';
    assert.equal(values.get(`${bucket}{le="0.05",durable="bucket"}`), 1);
    assert.equal(values.get(`${bucket}{le="0.001",durable="spool"}`), 1);
  });

  it('count HTTP by route and class of the status, whatever paths are asked for', async () => {
    const metrics = createMetrics();
    for (const status of [200, 204, 404, 503, 101, 999]) {
      metrics.http.observe({ route: '/api/updates', status, seconds: 0.1 });
    }
    const values = await read(metrics);
    const name = (status: string) =>
      `bucketcast_http_requests_total{route="/api/updates",status="${status}"}`;
    assert.deepEqual(
      ['2xx', '3xx', '4xx', '5xx'].map((status) => values.get(name(status))),
      [3, 0, 1, 2],
    );
  });

  it('show the spool, dead letters and the clock in seconds', async () => {
    const metrics = createMetrics();
    metrics.spool.set({ bytes: 10, updates: 2, oldestAgeMs: 1500, maxBytes: 100, refused: 3 });
    metrics.deadLetters.set({ count: 4, oldestAgeMs: 60_000 });
    metrics.fleet.set({ skewMs: -2500, liveWriters: 7, parkedWriters: 9, parkedBatches: 1, twinNames: 0 });
    const values = await read(metrics);
    assert.equal(values.get('bucketcast_spool_oldest_age_seconds'), 1.5);
    assert.equal(values.get('bucketcast_spool_refused_total'), 3);
    assert.equal(values.get('bucketcast_dead_letters_oldest_age_seconds'), 60);
    assert.equal(values.get('bucketcast_clock_skew_seconds'), -2.5);
    assert.equal(values.get('bucketcast_writers{state="live"}'), 7);
  });

  it('watch the event loop from the first scrape on, until they are closed', {
    timeout: 10_000,
  }, async () => {
    const metrics = createMetrics();
    await metrics.text();
    const late = async () =>
      (await read(metrics)).get('bucketcast_event_loop_lag_seconds{stat="max"}') as number;
    // On a busy machine the first block may fall between two looks that are not counted.
    for (let seconds = 0; seconds < 0.04; seconds = await late()) await blockLoop(250);
    metrics.close();
  });
});
