import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Registry } from 'prom-client';
import { Sources } from '../../metrics/sources.ts';

test('sources are counted by kind, and every kind is there from the beginning', async () => {
  const registry = new Registry();
  const sources = new Sources(registry);
  assert.match(await registry.metrics(), /bucketcast_source_pending\{source="redis"\} 0/);
  sources.failed('watch');
  sources.set('watch', { pending: 3, published: 5, refused: 1, inTrouble: 1 });
  const text = await registry.metrics();
  for (const line of [
    'bucketcast_source_updates_total{source="watch"} 5',
    'bucketcast_source_updates_total{source="redis"} 0',
    'bucketcast_source_refused_total{source="watch"} 1',
    'bucketcast_source_failures_total{source="watch"} 1',
    'bucketcast_source_pending{source="watch"} 3',
    'bucketcast_sources_in_trouble{source="watch"} 1',
  ]) {
    assert.ok(text.includes(line), line);
  }
});
