import assert from 'node:assert/strict';
import { it } from 'node:test';
import { createMetrics } from '../../metrics/registry.ts';
import { defaultSettings } from '../../src/config/settings.ts';
import { pricesFor } from '../../src/store/prices.ts';
import { valuesOf } from './exposition.ts';

function priced(prices: Partial<typeof defaultSettings.prices>, url = 's3://bucket') {
  const store = { ...defaultSettings.store, url };
  return pricesFor({ store, prices: { ...defaultSettings.prices, ...prices } });
}

it('dollars follow from requests and downloads, by the price list of the store', async () => {
  const metrics = createMetrics({ prices: priced({}) });
  for (let put = 0; put < 1000; put += 1) {
    metrics.store.observe({ operation: 'put', result: 'ok', seconds: 0.1, sentBytes: 10 });
    metrics.store.observe({ operation: 'get', result: 'ok', seconds: 0.1, receivedBytes: 1e6 });
  }
  const values = valuesOf(await metrics.text());
  const cost = (charge: string) =>
    values.get(`bucketcast_store_cost_dollars_total{charge="${charge}",prices="aws"}`) as number;
  assert.ok(Math.abs(cost('put') - 0.005) < 1e-12);
  assert.ok(Math.abs(cost('get') - 0.0004) < 1e-12);
  assert.ok(Math.abs(cost('download') - 0.09) < 1e-12);
  const { dollars, count, byOperation, sentBytes, receivedBytes, prices } = metrics.store.totals();
  assert.ok(Math.abs((dollars as number) - 0.0954) < 1e-9);
  assert.deepEqual(
    { count, put: byOperation.put, sentBytes, receivedBytes, prices },
    {
      count: 2000,
      put: 1000,
      sentBytes: 10_000,
      receivedBytes: 1e9,
      prices: 'aws',
    },
  );
});

it('nothing is charged for what the store could not take, or never saw', () => {
  const metrics = createMetrics({ prices: priced({}) });
  for (const result of ['throttled', 'unavailable', 'aborted', 'error'] as const) {
    metrics.store.observe({ operation: 'put', result, seconds: 1 });
  }
  const { dollars, throttled, unavailable, count } = metrics.store.totals();
  assert.deepEqual(
    { dollars, throttled, unavailable, count },
    { dollars: 0, throttled: 1, unavailable: 1, count: 4 },
  );
});

it('a store without a price list has no dollars at all, rather than none spent', () => {
  const metrics = createMetrics({ prices: priced({}, 'file:x') });
  assert.equal(metrics.store.totals().dollars, undefined);
});
