import assert from 'node:assert/strict';
import { it } from 'node:test';
import { createMetrics } from '../../metrics/registry.ts';
import { families, valuesOf } from './exposition.ts';

const reading = { lagSeconds: 2, lagSegments: 3, lagUpdates: 40, paused: false };

it('subscriptions are told apart by name, those without one are added up', async () => {
  const metrics = createMetrics();
  metrics.subscriptions.set([
    { ...reading, name: 'mail' },
    reading,
    { ...reading, lagSeconds: 9, paused: true },
  ]);
  const values = valuesOf(await metrics.text());
  assert.equal(values.get('bucketcast_subscription_lag_seconds{subscription="mail"}'), 2);
  assert.equal(values.get('bucketcast_subscription_lag_seconds{subscription="(unnamed)"}'), 9);
  assert.equal(values.get('bucketcast_subscription_lag_segments{subscription="(unnamed)"}'), 6);
  assert.equal(values.get('bucketcast_subscription_lag_updates{subscription="(unnamed)"}'), 80);
  assert.equal(values.get('bucketcast_subscription_paused{subscription="(unnamed)"}'), 1);
});

it('one that is no longer running is no longer shown', async () => {
  const metrics = createMetrics();
  metrics.subscriptions.set([{ ...reading, name: 'mail' }]);
  metrics.subscriptions.set([]);
  assert.doesNotMatch(await metrics.text(), /subscription="/);
});

it('a thousand names make a hundred series and one for the others', async () => {
  const metrics = createMetrics();
  metrics.subscriptions.set(Array.from({ length: 1000 }, (_, at) => ({ ...reading, name: `tenant-${at}` })));
  const lag = families(await metrics.text()).find(
    ({ name }) => name === 'bucketcast_subscription_lag_updates',
  );
  assert.equal(lag?.series.length, 101);
  assert.equal(lag?.series.find(({ labels }) => labels.get('subscription') === '(others)')?.value, 36_000);
});
