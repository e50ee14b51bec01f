import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BucketcastError } from '../../src/base/errors.ts';
import { defaultSettings } from '../../src/config/settings.ts';
import { type Cost, Limiter } from '../../src/store/limiter.ts';
import { LimitingStore } from '../../src/store/limiting-store.ts';
import { FakeClock, settle } from '../support/fake-clock.ts';
import { scriptedStore } from './scripted-store.ts';

const throttledError = () =>
  new BucketcastError('store-unavailable', 'SlowDown', { details: { status: 503, throttled: true } });

function setUp(limits: Partial<typeof defaultSettings.limits> = {}) {
  const clock = new FakeClock();
  const limiter = new Limiter({ ...defaultSettings.limits, ...limits }, { clock });
  const begun: string[] = [];
  /** A request that ends when told. */
  const request = (name: string, cost: Cost = {}, signal?: AbortSignal) => {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const admitted = limiter.admit(
      cost,
      () => {
        begun.push(name);
        return promise;
      },
      signal,
    );
    return { finish: () => resolve(name), fail: reject, admitted };
  };
  return { clock, limiter, begun, request };
}

describe('the limiter', () => {
  it('runs no more requests at once than it may, and the rest in order of arrival', async () => {
    const { limiter, begun, request } = setUp({ requestsInFlight: 2 });
    const made = ['a', 'b', 'c', 'd'].map((name) => request(name));
    await settle();
    assert.deepEqual(begun, ['a', 'b']);
    assert.deepEqual([limiter.snapshot().inFlight, limiter.snapshot().waiting], [2, 2]);
    made[1]!.finish();
    assert.equal(await made[1]!.admitted, 'b');
    await settle();
    assert.deepEqual(begun, ['a', 'b', 'c']);
    for (const { finish } of made) finish();
    await Promise.all(made.map(({ admitted }) => admitted));
    assert.deepEqual([limiter.snapshot().inFlight, limiter.snapshot().waiting], [0, 0]);
  });

  it('lets polls and tips go before writes, and both before a backlog of segments', async () => {
    const { begun, request } = setUp({ requestsInFlight: 1 });
    const reads = Array.from({ length: 2000 }, (_, i) => request(`read ${i}`, { priority: 'read' }));
    await settle();
    const write = request('write', { priority: 'write' });
    const poll = request('poll');
    await settle();
    for (const next of [reads[0]!, poll, write, reads[1]!]) {
      next.finish();
      await next.admitted;
    }
    assert.deepEqual(begun.slice(0, 4), ['read 0', 'poll', 'write', 'read 1']);
    for (const { finish } of reads) finish();
    await Promise.all(reads.map(({ admitted }) => admitted));
  });

  it('gives a read one turn of four while writes never end, and an aborted one none', async () => {
    const { begun, request } = setUp({ requestsInFlight: 1 });
    const first = request('first');
    await settle();
    const writes = Array.from({ length: 8 }, (_, i) => request(`w${i}`, { priority: 'write' }));
    const abort = new AbortController();
    const gone = request('gone', { priority: 'read' }, abort.signal);
    const reads = Array.from({ length: 2 }, (_, i) => request(`r${i}`, { priority: 'read' }));
    await settle();
    abort.abort();
    await assert.rejects(gone.admitted);
    for (const { finish } of [first, ...writes, ...reads]) finish();
    await Promise.all([...writes, ...reads].map(({ admitted }) => admitted));
    assert.deepEqual(begun, ['first', 'w0', 'w1', 'w2', 'r0', 'w3', 'w4', 'w5', 'r1', 'w6', 'w7']);
  });

  it('lets an aborted caller leave the queue at once', async () => {
    const { limiter, begun, request } = setUp({ requestsInFlight: 1 });
    const first = request('first');
    const abort = new AbortController();
    const second = request('second', {}, abort.signal);
    await settle();
    abort.abort(new Error('no longer wanted'));
    await assert.rejects(second.admitted, { code: 'closed' });
    assert.equal(limiter.snapshot().waiting, 0);
    first.finish();
    await first.admitted;
    await settle();
    assert.deepEqual(begun, ['first']);
    await assert.rejects(request('third', {}, abort.signal).admitted, { code: 'closed' });
  });

  it('keeps to the requests a second, without a timer while nobody waits', async () => {
    const { clock, limiter } = setUp({ requestsPerSecond: 100 });
    let done = 0;
    const all = Array.from({ length: 300 }, () => limiter.admit({}, async () => (done += 1)));
    await clock.advance(1000);
    assert.ok(done >= 105 && done <= 111, `${done} in the first second`);
    await clock.advance(1000);
    assert.ok(done >= 205 && done <= 211, `${done} in two seconds`);
    await clock.advance(1000);
    await Promise.all(all);
    assert.equal(clock.pending, 0);
  });

  it('halves the concurrency once for all refusals of a round trip and grows it back', async () => {
    const { clock, limiter, request } = setUp({ requestsInFlight: 16 });
    const volley = Array.from({ length: 16 }, () => request('refused'));
    await clock.advance(10);
    for (const { fail, admitted } of volley) {
      fail(throttledError());
      await assert.rejects(admitted, { code: 'store-unavailable' });
    }
    assert.equal(limiter.snapshot().concurrency, 8);
    assert.equal(limiter.snapshot().throttled, 16);
    for (let i = 0; i < 8 + 9 + 10; i += 1) await limiter.admit({}, async () => i);
    assert.equal(limiter.snapshot().concurrency, 11);
    for (let i = 0; i < 200; i += 1) await limiter.admit({}, async () => i);
    assert.equal(limiter.snapshot().concurrency, 16);
  });

  it('holds the rest back after a cut until enough have ended', async () => {
    const { clock, begun, request } = setUp({ requestsInFlight: 4 });
    const made = Array.from({ length: 8 }, (_, i) => request(`${i}`));
    await clock.advance(1);
    made[0]!.fail(throttledError());
    await assert.rejects(made[0]!.admitted);
    made[1]!.finish();
    await settle();
    assert.equal(begun.length, 4, 'two of four are left, which is all that may be');
    made[2]!.finish();
    await settle();
    assert.equal(begun.length, 5);
    for (const { finish } of made) finish();
    await Promise.all(made.slice(1).map(({ admitted }) => admitted));
  });

  it('does not take other failures for throttling', async () => {
    const { limiter, request } = setUp();
    const { fail, admitted } = request('a');
    fail(new BucketcastError('store-unavailable', 'connection reset'));
    await assert.rejects(admitted);
    assert.equal(limiter.snapshot().concurrency, defaultSettings.limits.requestsInFlight);
  });

  it('spreads uploads over time by their bytes, while requests without a body pass', async () => {
    const { clock, limiter, begun, request } = setUp({ uploadBytesPerSecond: 1000 });
    const made = Array.from({ length: 4 }, (_, i) =>
      request(`put ${i}`, { upload: 1000, priority: 'write' }),
    );
    const poll = request('poll');
    await settle();
    assert.deepEqual(begun, ['poll', 'put 0']);
    assert.equal(limiter.snapshot().waitingForUpload, 3);
    await clock.advance(1500);
    assert.deepEqual(begun, ['poll', 'put 0', 'put 1']);
    await clock.advance(2000);
    assert.deepEqual(begun.slice(3), ['put 2', 'put 3']);
    for (const { finish } of [...made, poll]) finish();
    await Promise.all(made.map(({ admitted }) => admitted));
  });

  it('lets reads wait until what was downloaded is paid for, and polls not', async () => {
    const { clock, limiter } = setUp({ downloadBytesPerSecond: 100_000 });
    let received = 0;
    const read = () =>
      limiter.admit({ priority: 'read' }, async () => {
        received += 50_000;
        limiter.received(50_000);
      });
    const reads = Array.from({ length: 40 }, read);
    let polled = false;
    await clock.advance(1000);
    await limiter.admit({}, async () => (polled = true));
    assert.ok(polled);
    await clock.advance(9000);
    assert.ok(received >= 900_000 && received <= 1_100_000, `${received} bytes in 10 s`);
    await clock.until(() => received === 2_000_000);
    await Promise.all(reads);
  });

  it('does not start more reads than their likely bytes allow', async () => {
    const { clock, limiter, begun, request } = setUp({
      downloadBytesPerSecond: 1_000_000,
      requestsInFlight: 100,
    });
    const made = Array.from({ length: 100 }, (_, i) => request(`${i}`, { priority: 'read' }));
    await clock.advance(1000);
    assert.ok(begun.length >= 3 && begun.length <= 6, `${begun.length} reads of about 256 KiB in a second`);
    for (const { finish } of made) finish();
    limiter.update(defaultSettings.limits);
    await clock.until(() => begun.length === 100);
    await Promise.all(made.map(({ admitted }) => admitted));
  });

  it('takes new limits while requests wait', async () => {
    const { clock, limiter, begun, request } = setUp({ requestsInFlight: 1, requestsPerSecond: 0.1 });
    const made = Array.from({ length: 5 }, (_, i) => request(`${i}`));
    await settle();
    assert.equal(begun.length, 1);
    limiter.update({ ...defaultSettings.limits, requestsInFlight: 4 });
    await settle();
    assert.equal(begun.length, 4);
    limiter.update({ ...defaultSettings.limits, requestsInFlight: 1 });
    assert.equal(limiter.snapshot().maxConcurrency, 1);
    for (const { finish } of made) finish();
    await Promise.all(made.map(({ admitted }) => admitted));
    assert.equal(clock.pending, 0);
  });

  it('lets a caller abort while it waits for bytes', async () => {
    const { clock, limiter, request } = setUp({ uploadBytesPerSecond: 10 });
    request('first', { upload: 1000 }).finish();
    const abort = new AbortController();
    const second = request('second', { upload: 1000 }, abort.signal);
    const third = request('third', { upload: 1000 }, abort.signal);
    await settle();
    abort.abort();
    await assert.rejects(second.admitted, { code: 'closed' });
    await assert.rejects(third.admitted, { code: 'closed' });
    await settle();
    assert.equal(limiter.snapshot().waiting, 0);
    assert.equal(clock.pending, 0);
  });
});

describe('LimitingStore', () => {
  it('admits every operation and counts what a GET brings', async () => {
    const { clock, limiter } = setUp({ requestsInFlight: 1, downloadBytesPerSecond: 1000 });
    const body = new Uint8Array(5000);
    const inner = scriptedStore(({ operation }) => {
      assert.equal(limiter.snapshot().inFlight, 1, operation);
      return operation === 'get' ? { status: 'found', body, time: 1 } : { time: 1 };
    });
    const store = new LimitingStore(inner, limiter);
    await Promise.all([
      store.put('k', body),
      store.head('k'),
      store.list('k'),
      store.delete('k'),
      store.deleteMany(['k']),
      store.get('k'),
    ]);
    assert.equal(inner.calls.length, 6);
    let read = false;
    const waiting = limiter.admit({ priority: 'read' }, async () => (read = true));
    await clock.advance(4800);
    assert.equal(read, false, 'the debt of 5,000 bytes is not yet paid');
    await clock.advance(300);
    await waiting;
  });

  it('cuts the concurrency when the store throttles', async () => {
    const { limiter } = setUp();
    const store = new LimitingStore(
      scriptedStore(() => {
        throw throttledError();
      }),
      limiter,
    );
    await assert.rejects(store.list('k'), { code: 'store-unavailable' });
    assert.equal(limiter.snapshot().concurrency, defaultSettings.limits.requestsInFlight / 2);
  });
});
