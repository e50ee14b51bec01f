import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { getInRanges } from '../../src/pool/ranged-get.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import type { GetAnswer, GetOptions } from '../../src/store/object-store.ts';

const bytesOf = (length: number) => Uint8Array.from({ length }, (_, at) => (at * 7) % 251);

/** A store with one object, which notes the GETs, and lets a test come between them. */
async function setUp(length: number, between: (get: number, store: MemoryStore) => unknown = () => {}) {
  const store = new MemoryStore();
  await store.put('key', bytesOf(length));
  const ranges: string[] = [];
  const seen = { now: 0, most: 0 };
  const get = async (key: string, options: GetOptions = {}): Promise<GetAnswer> => {
    ranges.push(`${options.range?.start}-${options.range?.end}`);
    seen.now += 1;
    seen.most = Math.max(seen.most, seen.now);
    await between(ranges.length, store);
    try {
      return await store.get(key, options);
    } finally {
      seen.now -= 1;
    }
  };
  const options = { rangeBytes: 100, maxBytes: 10_000, signal: undefined };
  return { store, ranges, seen, read: (more = {}) => getInRanges({ get }, 'key', { ...options, ...more }) };
}

describe('a read in ranges', () => {
  it('is one GET while the object is no longer than a range', async () => {
    for (const length of [0, 1, 99, 100]) {
      const { ranges, read } = await setUp(length);
      const answer = await read();
      assert(answer.status === 'found');
      assert.equal(answer.gets, 1);
      assert.deepEqual(Buffer.from(answer.body), Buffer.from(bytesOf(length)));
      assert.deepEqual(ranges, ['0-100']);
    }
  });

  it('puts a longer object together from pieces read at once, but few of them', async () => {
    const { ranges, seen, read } = await setUp(1234);
    const answer = await read();
    assert(answer.status === 'found');
    assert.deepEqual(Buffer.from(answer.body), Buffer.from(bytesOf(1234)));
    assert.equal(answer.body.buffer.byteLength, 1234);
    assert.equal(answer.gets, 13);
    assert.deepEqual([ranges[1], ranges.at(-1), ranges.length], ['100-200', '1200-1234', 13]);
    assert.equal(seen.most, 4);
  });

  it('says that the object is missing, at first or when it goes in the middle', async () => {
    const { store, read } = await setUp(1000);
    await store.delete('key');
    assert.equal((await read()).status, 'missing');
    const later = await setUp(1000, (get, bucket) => get === 4 && bucket.delete('key'));
    assert.equal((await later.read()).status, 'missing');
  });

  it('never mixes two versions of an object', async () => {
    for (const length of [1000, 900]) {
      const other = new Uint8Array(length).fill(1);
      const { read } = await setUp(1000, (get, bucket) => get === 3 && bucket.put('key', other));
      await assert.rejects(read(), { code: 'store-unavailable', retryable: true, message: /changed/ });
    }
  });

  it('takes no object into memory that is longer than it may be', async () => {
    const { ranges, read } = await setUp(1000);
    assert.deepEqual(await read({ maxBytes: 999 }), { status: 'oversize', size: 1000 });
    assert.equal(ranges.length, 1);
  });

  it('asks for no more when a piece has failed, and waits for none', async () => {
    const error = new Error('reset');
    const signals: AbortSignal[] = [];
    const store = new MemoryStore();
    await store.put('key', bytesOf(5000));
    const get = (key: string, options: GetOptions = {}) => {
      signals.push(options.signal as AbortSignal);
      if (signals.length === 3) return Promise.reject(error);
      return signals.length === 1 ? store.get(key, options) : new Promise<GetAnswer>(() => {});
    };
    const options = { rangeBytes: 100, maxBytes: 10_000, signal: undefined };
    await assert.rejects(getInRanges({ get }, 'key', options), error);
    assert.equal(signals.length, 5);
    assert.ok(signals.slice(1).every(({ aborted }) => aborted));
  });

  it('passes an abort on to every piece', async () => {
    const abort = new AbortController();
    const { read } = await setUp(1000, (get) => get === 3 && abort.abort());
    await assert.rejects(read({ signal: abort.signal }), { code: 'closed' });
  });
});
