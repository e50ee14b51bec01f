import assert from 'node:assert/strict';
import { isBucketcastError } from '../../src/base/errors.ts';
import type { ObjectStore } from '../../src/store/object-store.ts';
import { bytes, keysOf } from './contract-objects.ts';
import type { ContractTest } from './contract-test.ts';

/** An abort, before and during each call. */
export function describeAborts(test: ContractTest): void {
  const calls: Record<string, (store: ObjectStore, key: string, signal: AbortSignal) => Promise<unknown>> = {
    get: (store, key, signal) => store.get(key, { signal }),
    head: (store, key, signal) => store.head(key, { signal }),
    put: (store, key, signal) => store.put(key, bytes(100_000), { signal }),
    'put-if-absent': (store, key, signal) => store.put(key, bytes(10), { signal, condition: 'absent' }),
    'compare-and-set': (store, key, signal) =>
      store.put(key, bytes(10), { signal, condition: { etag: 'x' } }),
    list: (store, key, signal) => store.list(key, { signal }),
    delete: (store, key, signal) => store.delete(key, { signal }),
    deleteMany: (store, key, signal) => store.deleteMany([key, `${key}2`], { signal }),
  };
  for (const [call, run] of Object.entries(calls)) {
    test(`${call} with an aborted signal does nothing and says closed`, async (store, prefix) => {
      await store.put(`${prefix}kept`, bytes(1));
      const reason = new Error('no longer wanted');
      const key = call.startsWith('delete') ? `${prefix}kept` : `${prefix}a`;
      await assert.rejects(run(store, key, AbortSignal.abort(reason)), (error) => {
        assert.ok(isBucketcastError(error, 'closed'));
        assert.equal(error.cause, reason);
        return true;
      });
      assert.deepEqual(await keysOf(store, prefix), [`${prefix}kept`]);
    });

    test(`${call} aborted under way says closed, and the store goes on working`, async (store, prefix) => {
      const abort = new AbortController();
      const running = run(store, `${prefix}a`, abort.signal);
      abort.abort();
      await assert.rejects(running, (error) => isBucketcastError(error, 'closed'));
      await store.put(`${prefix}b`, bytes(1));
      assert.equal((await store.get(`${prefix}b`)).status, 'found');
    });
  }
}
