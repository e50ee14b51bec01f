import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import { type BucketcastError, isBucketcastError } from '../../src/base/errors.ts';
import { isBucketAdmin } from '../../src/store/bucket-admin.ts';
import { listAll } from '../../src/store/list-all.ts';
import type { ObjectStore } from '../../src/store/object-store.ts';
import { openStore } from '../../src/store/open-store.ts';
import { type Ceph, testsOnCeph } from '../support/ceph.ts';
import { type S3ClientName, s3Clients } from './s3-clients.ts';

for (const client of s3Clients)
  describe(`S3Store on Ceph, ${client}, in trouble`, () => describeTrouble(client));

function describeTrouble(client: S3ClientName): void {
  const settingsOf = (ceph: Ceph, ...where: Parameters<Ceph['storeSettings']>) => ({
    ...ceph.storeSettings(...where),
    client,
  });
  let bucket = '';
  const test = testsOnCeph(async (ceph) => {
    bucket = await ceph.makeBucket();
  });

  test('a wrong secret is refused with the setting to look at', async (ceph) => {
    await using store = await disposable({ ...settingsOf(ceph, bucket), secretAccessKey: 'wrong' });
    const error = await failure(store.put('a', new Uint8Array(1)));
    assert.deepEqual(
      [error.code, error.details['s3Code'], error.details['key']],
      ['store-refused', 'SignatureDoesNotMatch', 'a'],
    );
    assert.match(error.hint ?? '', /secretAccessKey/);
    assert.doesNotMatch(JSON.stringify(error) + error.message, /wrong/);
  });

  test('an unknown key id is refused with the setting to look at', async (ceph) => {
    await using store = await disposable({ ...settingsOf(ceph, bucket), accessKeyId: 'nobody' });
    const error = await failure(store.list(''));
    assert.deepEqual(
      [error.code, error.details['s3Code'], error.details['status']],
      ['store-refused', 'InvalidAccessKeyId', 403],
    );
    assert.match(error.hint ?? '', /accessKeyId/);
  });

  test('a missing bucket is refused, never mistaken for a missing object, and the hint says how to create it', async (ceph) => {
    await using store = await disposable(settingsOf(ceph, 'no-such-bucket'));
    const calls = [
      () => store.get('a'),
      () => store.list(''),
      () => store.put('a', new Uint8Array(1)),
      () => store.put('a', new Uint8Array(1), { condition: { etag: 'x' } }),
    ];
    for (const call of calls) {
      const error = await failure(call());
      assert.deepEqual([error.code, error.details['s3Code']], ['store-refused', 'NoSuchBucket']);
      assert.match(error.hint ?? '', /doctor --create-bucket/);
    }
  });

  test('a bucket is created once and for all, and its versioning can be asked for', async (ceph) => {
    await using store = await disposable(settingsOf(ceph, `${bucket}-new`));
    assert.ok(isBucketAdmin(store.inner));
    await store.inner.createBucket();
    await store.inner.createBucket();
    assert.equal((await store.put('a', new Uint8Array(1))).status, 'stored');
    assert.deepEqual(await store.inner.versioning(), { enabled: false, hasExpiry: false });
  });

  test('a gateway that is gone is unavailable, and the store works again once it is back', async (ceph) => {
    const gateway = await ceph.gateway();
    await using store = await disposable(settingsOf(ceph, bucket, { endpoint: gateway.endpoint }));
    await store.put('gone/a', new Uint8Array(1));
    await gateway.kill();
    const error = await failure(store.get('gone/a'));
    assert.equal(error.code, 'store-unavailable');
    assert.match(error.hint ?? '', /endpoint/);
    await gateway.restart();
    assert.equal((await store.get('gone/a')).status, 'found');
  });

  test('a gateway that hangs is given up after the request timeout, or at once when the caller aborts', async (ceph) => {
    const gateway = await ceph.gateway();
    const settings = { ...settingsOf(ceph, bucket, { endpoint: gateway.endpoint }), requestTimeoutMs: 300 };
    await using store = await disposable(settings);
    await store.put('hang/a', new Uint8Array(1));
    gateway.hang();
    for (const call of [() => store.get('hang/a'), () => store.put('hang/b', new Uint8Array(1_000_000))]) {
      const began = performance.now();
      const error = await failure(call());
      assert.equal(error.code, 'store-unavailable');
      assert.ok(performance.now() - began < 20_000, 'long before the default of 30 s');
    }
    const abort = new AbortController();
    const running = failure(store.get('hang/a', { signal: abort.signal }));
    abort.abort();
    assert.equal((await running).code, 'closed');
    gateway.resume();
    assert.equal((await store.get('hang/a')).status, 'found');
  });

  test('a gateway that throttles says so, with a reason to ask for less', async (ceph) => {
    const gateway = await ceph.gateway({ maxRequests: 2 });
    await using store = await disposable(settingsOf(ceph, bucket, { endpoint: gateway.endpoint }));
    const settled = await Promise.allSettled(
      Array.from({ length: 40 }, (_, index) => store.put(`slow/${index}`, new Uint8Array(100_000))),
    );
    const errors = settled
      .filter((result) => result.status === 'rejected')
      .map((result) => result.reason as BucketcastError);
    assert.ok(errors.length > 0, 'nothing was throttled');
    for (const error of errors) {
      assert.ok(isBucketcastError(error, 'store-unavailable'));
      assert.deepEqual(
        [error.details['status'], error.details['s3Code'], error.details['throttled']],
        [503, 'SlowDown', true],
      );
      assert.equal(typeof error.details['time'], 'number');
    }
  });

  test('hundreds of reads, refused bodies and aborts leave no socket behind', async (ceph) => {
    await using store = await disposable(settingsOf(ceph, bucket));
    await store.put('sockets/a', new Uint8Array(300_000));
    for (let round = 0; round < 10; round += 1) {
      await Promise.all(Array.from({ length: 20 }, () => failure(store.get('sockets/a', { maxBytes: 10 }))));
      const abort = new AbortController();
      const aborted = Array.from({ length: 10 }, () =>
        failure(store.get('sockets/a', { signal: abort.signal })),
      );
      abort.abort();
      await Promise.all(aborted);
      await Promise.all(Array.from({ length: 20 }, () => store.head('sockets/none')));
    }
    assert.equal((await store.get('sockets/a')).status, 'found');
    const sockets = process.getActiveResourcesInfo().filter((resource) => resource === 'TCPSocketWrap');
    assert.ok(
      sockets.length <= 60,
      `${sockets.length} sockets are open; no more than 30 requests ran at once`,
    );
  });

  if (client === 'lean')
    test('a clock that is an hour slow is corrected by the answer, and nobody hears of it', async (ceph) => {
      const clock = { ...systemClock, now: () => systemClock.now() - 3_600_000 };
      await using store = await disposable(settingsOf(ceph, bucket), { clock });
      assert.equal((await store.put('slow-clock/a', new Uint8Array(1))).status, 'stored');
      assert.equal((await store.list('slow-clock/')).objects.length, 1);
    });

  test('only what lies below the prefix is seen, listed and deleted', async (ceph) => {
    await using outside = await disposable(settingsOf(ceph, bucket));
    await using inside = await disposable(settingsOf(ceph, bucket, { prefix: 'in/side' }));
    await outside.put('in/side-not', new Uint8Array(1));
    await inside.put('a', new Uint8Array(1));
    assert.equal((await outside.head('in/side/a')).status, 'found');
    const keys = [];
    for await (const object of listAll(inside, '')) keys.push(object.key);
    assert.deepEqual(keys, ['a']);
    await inside.deleteMany(['a', '-not']);
    assert.equal((await outside.head('in/side-not')).status, 'found');
  });

  test('ETags are those of S3: the MD5 of the body, the same through GET, HEAD, PUT and LIST', async (ceph) => {
    await using store = await disposable(settingsOf(ceph, bucket));
    const put = await store.put('etag', new Uint8Array([1, 2, 3]));
    assert.ok(put.status === 'stored');
    assert.equal(
      put.etag,
      createHash('md5')
        .update(new Uint8Array([1, 2, 3]))
        .digest('hex'),
    );
  });
}

/** The store, closed at the end of the block. `inner` is the driver itself. */
async function disposable(...where: Parameters<typeof openStore>) {
  const inner = await openStore(...where);
  const store: Pick<ObjectStore, 'get' | 'head' | 'put' | 'list' | 'deleteMany'> = {
    get: (...args) => inner.get(...args),
    head: (...args) => inner.head(...args),
    put: (...args) => inner.put(...args),
    list: (...args) => inner.list(...args),
    deleteMany: (...args) => inner.deleteMany(...args),
  };
  return { ...store, inner, [Symbol.asyncDispose]: () => inner.close() };
}

async function failure(call: Promise<unknown>): Promise<BucketcastError> {
  try {
    await call;
  } catch (error) {
    assert.ok(isBucketcastError(error), String(error));
    return error;
  }
  throw new assert.AssertionError({ message: 'the call succeeded' });
}
