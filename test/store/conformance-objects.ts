import assert from 'node:assert/strict';
import { isBucketcastError } from '../../src/base/errors.ts';
import { bytes, found } from './contract-objects.ts';
import type { ContractOptions, ContractTest } from './contract-test.ts';

/** Whole objects, parts of them, and their absence. */
export function describeObjects(test: ContractTest, options: ContractOptions): void {
  test('an object comes back byte for byte, with its size, ETag and times', async (store, prefix) => {
    const body = bytes(3000);
    const began = Date.now();
    const put = await store.put(`${prefix}a`, body, { contentType: 'application/octet-stream' });
    assert.equal(put.status, 'stored');
    const got = await found(store, `${prefix}a`);
    assert.deepEqual(Buffer.from(got.body), Buffer.from(body));
    assert.equal(got.size, 3000);
    assert.equal(got.etag, put.etag);
    assert.doesNotMatch(got.etag, /"/);
    const head = await store.head(`${prefix}a`);
    assert.ok(head.status === 'found');
    assert.deepEqual([head.size, head.etag], [3000, put.etag]);
    const [listed] = (await store.list(prefix)).objects;
    assert.deepEqual([listed?.key, listed?.size, listed?.etag], [`${prefix}a`, 3000, put.etag]);
    for (const time of [
      put.time,
      got.time,
      head.time,
      got.lastModified,
      head.lastModified,
      listed?.lastModified,
    ]) {
      assert.ok(typeof time === 'number', 'a time is a number');
      assert.ok(time >= began - options.clockToleranceMs, `${time} is before the test began at ${began}`);
      assert.ok(time <= Date.now() + options.clockToleranceMs, `${time} lies in the future`);
    }
  });

  test('the answer to a GET is the caller’s own: its buffer covers it, and changing it changes nothing', async (store, prefix) => {
    await store.put(`${prefix}a`, bytes(100));
    const first = await found(store, `${prefix}a`);
    assert.equal(first.body.byteLength, first.body.buffer.byteLength);
    first.body.fill(0);
    assert.deepEqual(Buffer.from((await found(store, `${prefix}a`)).body), Buffer.from(bytes(100)));
  });

  test('the bytes given to a PUT may be reused by the caller once it has answered', async (store, prefix) => {
    const body = bytes(100);
    await store.put(`${prefix}a`, body);
    body.fill(0);
    assert.deepEqual(Buffer.from((await found(store, `${prefix}a`)).body), Buffer.from(bytes(100)));
  });

  test('a PUT of a view stores the view, not the buffer behind it', async (store, prefix) => {
    await store.put(`${prefix}a`, bytes(100).subarray(10, 20));
    assert.deepEqual(
      Buffer.from((await found(store, `${prefix}a`)).body),
      Buffer.from(bytes(100).subarray(10, 20)),
    );
  });

  test('what is not there is missing, for GET and HEAD, and deleting it succeeds', async (store, prefix) => {
    assert.equal((await store.get(`${prefix}none`)).status, 'missing');
    assert.equal((await store.head(`${prefix}none`)).status, 'missing');
    assert.ok((await store.delete(`${prefix}none`)).time > 0);
  });

  test('an empty body and one of 5 MiB are objects like any other', async (store, prefix) => {
    await store.put(`${prefix}empty`, new Uint8Array());
    const empty = await found(store, `${prefix}empty`);
    assert.deepEqual([empty.size, empty.body.byteLength], [0, 0]);
    const large = bytes(5 * 1024 * 1024);
    await store.put(`${prefix}large`, large);
    assert.equal(Buffer.compare((await found(store, `${prefix}large`)).body, large), 0);
  });

  test('a ranged GET gives [start, end), cut to the object, and the size of the whole', async (store, prefix) => {
    await store.put(`${prefix}a`, bytes(100));
    const read = async (start: number, end: number) => {
      const got = await found(store, `${prefix}a`, { range: { start, end } });
      assert.equal(got.size, 100);
      assert.notEqual(got.etag, '');
      return [...got.body];
    };
    const all = [...bytes(100)];
    assert.deepEqual(await read(0, 100), all);
    assert.deepEqual(await read(10, 20), all.slice(10, 20));
    assert.deepEqual(await read(99, 100), all.slice(99));
    assert.deepEqual(await read(90, 1000), all.slice(90));
    assert.deepEqual(await read(100, 200), []);
    assert.deepEqual(await read(500, 600), []);
    assert.deepEqual(await read(10, 10), []);
    await store.put(`${prefix}empty`, new Uint8Array());
    assert.equal((await found(store, `${prefix}empty`, { range: { start: 0, end: 10 } })).body.byteLength, 0);
    assert.equal((await store.get(`${prefix}none`, { range: { start: 0, end: 0 } })).status, 'missing');
  });

  test('a body larger than maxBytes is refused with its size; the limit itself is allowed', async (store, prefix) => {
    await store.put(`${prefix}a`, bytes(1000));
    await assert.rejects(store.get(`${prefix}a`, { maxBytes: 999 }), (error) => {
      assert.ok(isBucketcastError(error, 'store-refused'));
      assert.equal(error.details.size, 1000);
      assert.equal(error.retryable, false);
      return true;
    });
    assert.equal((await found(store, `${prefix}a`, { maxBytes: 1000 })).body.byteLength, 1000);
    const part = await found(store, `${prefix}a`, { maxBytes: 10, range: { start: 0, end: 10 } });
    assert.equal(part.body.byteLength, 10);
  });

  test('an overwrite is seen by the next GET, HEAD and LIST', async (store, prefix) => {
    const first = await store.put(`${prefix}a`, bytes(10));
    const second = await store.put(`${prefix}a`, bytes(20));
    assert.ok(first.status === 'stored' && second.status === 'stored');
    assert.notEqual(first.etag, second.etag);
    assert.equal((await found(store, `${prefix}a`)).size, 20);
    const head = await store.head(`${prefix}a`);
    assert.ok(head.status === 'found');
    assert.deepEqual([head.size, head.etag], [20, second.etag]);
    const page = await store.list(prefix);
    assert.deepEqual(
      page.objects.map((object) => [object.size, object.etag]),
      [[20, second.etag]],
    );
  });
}
