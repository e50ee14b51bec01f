import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Registry } from 'prom-client';
import { Webhook, webhookResults } from '../../metrics/webhook.ts';
import { families, valuesOf } from './exposition.ts';
import { faultsOf } from './naming.ts';

it('requests to webhooks are counted by what came of them, and nothing names an endpoint', async () => {
  const registry = new Registry();
  const webhook = new Webhook(registry);
  webhook.observe({ result: 'accepted', seconds: 0.2 });
  webhook.observe({ result: 'timeout', seconds: 30 });
  webhook.set({ broken: 2 });
  const text = await registry.metrics();
  const values = valuesOf(text);
  assert.equal(values.get('bucketcast_webhook_requests_total{result="accepted"}'), 1);
  assert.equal(values.get('bucketcast_webhook_requests_total{result="timeout"}'), 1);
  assert.equal(values.get('bucketcast_webhook_requests_total{result="refused"}'), 0);
  assert.equal(values.get('bucketcast_webhook_request_duration_seconds_count'), 2);
  assert.equal(values.get('bucketcast_webhook_endpoints_broken'), 2);
  assert.deepEqual(families(text).flatMap(faultsOf), []);
  assert.equal(families(text)[0]?.series.length, webhookResults.length);
});
