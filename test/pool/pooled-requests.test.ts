import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defaultSettings } from '../../src/config/settings.ts';
import { startBucketServer } from './bucket-server.ts';
import { startPool } from './pool-rig.ts';
import { segmentBytes, taskOf } from './segment-maker.ts';

const slowDown = '<Error><Code>SlowDown</Code><Message/></Error>';
const accessDenied = '<Error><Code>AccessDenied</Code><Message/></Error>';

describe('the requests of worker threads', () => {
  it('are admitted, retried and counted by the main thread', async (t) => {
    const server = await startBucketServer(t);
    const { pool, limiter, metrics } = await startPool(t, { store: server.store });
    const fetching = pool.fetch(taskOf(1, 0));
    const first = await server.request(0);
    assert.equal(limiter.snapshot().inFlight, 1);
    first.answer(503, slowDown);
    const second = await server.request(1);
    assert.equal(
      limiter.snapshot().concurrency,
      defaultSettings.limits.requestsInFlight / 2,
      'the refusal has halved it',
    );
    second.answer(200, await segmentBytes(taskOf(1, 0)));
    assert.equal((await fetching).status, 'fetched');
    const text = await metrics.text();
    assert.match(text, /store_requests_total\{operation="get",result="throttled"\} 1\n/);
    assert.match(text, /store_requests_total\{operation="get",result="ok"\} 1\n/);
    assert.match(text, /store_request_duration_seconds_count\{operation="get"\} 2\n/);
  });

  it('that are refused reject as they would in this thread', async (t) => {
    const server = await startBucketServer(t);
    const { pool } = await startPool(t, { store: server.store, threads: 1 });
    const refused = assert.rejects(pool.fetch(taskOf(1, 0)), {
      name: 'BucketcastError',
      code: 'store-refused',
    });
    (await server.request(0)).answer(403, accessDenied);
    await refused;
    assert.equal(server.requests.length, 1);
  });

  it('end at the store when their caller aborts, though the thread is full', async (t) => {
    const server = await startBucketServer(t);
    const { pool, lost } = await startPool(t, { store: server.store, threads: 1, fetchesPerThread: 1 });
    const abort = new AbortController();
    const aborted = assert.rejects(pool.fetch(taskOf(1, 0), abort.signal), { code: 'closed' });
    const neighbour = pool.fetch(taskOf(1, 1));
    const request = await server.request(0);
    abort.abort();
    await aborted;
    await request.abandoned;
    (await server.request(1)).answer(404);
    assert.equal((await neighbour).status, 'missing');
    assert.deepEqual(lost, [], 'the thread and its other fetches go on');
  });

  it('wait for their thread before they are admitted, so that one lane cannot take every admission', async (t) => {
    const server = await startBucketServer(t);
    const { pool, limiter } = await startPool(t, { store: server.store, threads: 1, fetchesPerThread: 2 });
    const fetching = Array.from({ length: 5 }, (_, i) => pool.fetch(taskOf(1, i)));
    await server.request(1);
    assert.equal(limiter.snapshot().inFlight, 2);
    assert.deepEqual([pool.snapshot().threads[0]!.running, pool.snapshot().threads[0]!.waiting], [2, 3]);
    for (let i = 0; i < 5; i += 1) (await server.request(i)).answer(404);
    await Promise.all(fetching);
    assert.deepEqual(
      server.requests.map(({ key }) => key),
      Array.from({ length: 5 }, (_, i) => taskOf(1, i).key),
      'in order of arrival',
    );
  });

  it('are given up when the pool stops and its time is over', async (t) => {
    const server = await startBucketServer(t);
    const { pool } = await startPool(t, { store: server.store, threads: 1 });
    const closed = assert.rejects(pool.fetch(taskOf(1, 0)), { code: 'closed' });
    const request = await server.request(0);
    await pool.stop({ timeoutMs: 10 });
    await closed;
    await request.abandoned;
  });
});
