import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createMetrics } from '../../metrics/registry.ts';
import { BucketcastError, closedError } from '../../src/base/errors.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { MeteringStore } from '../../src/store/metering-store.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { scriptedStore } from './scripted-store.ts';

async function lines(metrics: ReturnType<typeof createMetrics>, name: string): Promise<string[]> {
  return (await metrics.text()).split('\n').filter((line) => line.startsWith(name) && !line.endsWith(' 0'));
}

describe('MeteringStore', () => {
  it('counts every operation with what came of it, and the bytes of bodies', async () => {
    const metrics = createMetrics();
    const store = new MeteringStore(new MemoryStore(), metrics);
    await store.put('a', new Uint8Array(1000), { condition: 'absent' });
    await store.put('a', new Uint8Array(500), { condition: 'absent' });
    await store.get('a');
    await store.get('b');
    await store.head('b');
    await store.list('');
    await store.delete('a');
    await store.deleteMany(['a', 'b']);
    assert.deepEqual((await lines(metrics, 'bucketcast_store_requests_total')).sort(), [
      'bucketcast_store_requests_total{operation="delete",result="ok"} 1',
      'bucketcast_store_requests_total{operation="delete_many",result="ok"} 1',
      'bucketcast_store_requests_total{operation="get",result="missing"} 1',
      'bucketcast_store_requests_total{operation="get",result="ok"} 1',
      'bucketcast_store_requests_total{operation="head",result="missing"} 1',
      'bucketcast_store_requests_total{operation="list",result="ok"} 1',
      'bucketcast_store_requests_total{operation="put",result="conflict"} 1',
      'bucketcast_store_requests_total{operation="put",result="ok"} 1',
    ]);
    assert.deepEqual(await lines(metrics, 'bucketcast_bytes_total'), [
      'bucketcast_bytes_total{direction="sent",stage="wire"} 1500',
      'bucketcast_bytes_total{direction="received",stage="wire"} 1000',
    ]);
  });

  it('counts failures by what they mean, and hands them on', async () => {
    const failures = {
      unavailable: new BucketcastError('store-unavailable', 'no answer'),
      throttled: new BucketcastError('store-unavailable', 'SlowDown', { details: { throttled: true } }),
      refused: new BucketcastError('store-refused', 'AccessDenied'),
      aborted: closedError('the request'),
      error: new TypeError('a bug'),
    };
    for (const [result, failure] of Object.entries(failures)) {
      const metrics = createMetrics();
      const inner = scriptedStore(() => {
        throw failure;
      });
      await assert.rejects(new MeteringStore(inner, metrics).list('k'), failure);
      assert.deepEqual(await lines(metrics, 'bucketcast_store_requests_total'), [
        `bucketcast_store_requests_total{operation="list",result="${result}"} 1`,
      ]);
    }
  });

  it('measures the time to the answer in seconds', async () => {
    const metrics = createMetrics();
    const clock = new FakeClock();
    const inner = scriptedStore(() => clock.sleep(250).then(() => ({ time: 1 })));
    const answer = new MeteringStore(inner, metrics, clock).list('k');
    await clock.advance(250);
    await answer;
    const [sum] = await lines(metrics, 'bucketcast_store_request_duration_seconds_sum');
    assert.equal(sum, 'bucketcast_store_request_duration_seconds_sum{operation="list"} 0.25');
  });
});
