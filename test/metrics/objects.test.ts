import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Registry } from 'prom-client';
import { Objects } from '../../metrics/objects.ts';
import { families, valuesOf } from './exposition.ts';
import { faultsOf } from './naming.ts';

test('listings are counted, and what they leave to do is shown', async () => {
  const registry = new Registry();
  const objects = new Objects(registry);
  objects.listed({ found: 5, pages: 3 });
  objects.failed();
  objects.set({
    poll: { keys: 2500, durationMs: 1500 },
    known: { keys: 2600, bytes: 65_000 },
    subscriptions: [{ lag: 4 }, { lag: 3 }],
  });
  const text = await registry.metrics();
  const values = valuesOf(text);
  const value = (name: string) => values.get(`bucketcast_objects_${name}`);
  assert.deepEqual(
    [
      'listings_total{result="ok"}',
      'listings_total{result="failed"}',
      'listing_pages_total',
      'found_total',
    ].map(value),
    [1, 1, 3, 5],
  );
  assert.deepEqual(
    ['listed', 'listing_duration_seconds', 'pending', 'known', 'known_bytes'].map(value),
    [2500, 1.5, 7, 2600, 65_000],
  );
  assert.deepEqual(families(text).flatMap(faultsOf), []);
});

test('while nobody reads the objects layout all of it is nothing', async () => {
  const registry = new Registry();
  new Objects(registry).set(undefined);
  const gauges = [...valuesOf(await registry.metrics()).values()];
  assert.deepEqual(new Set(gauges), new Set([0]));
});
