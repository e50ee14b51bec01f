import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BucketcastError } from '../../src/base/errors.ts';
import { type FleetKeys, noKeys } from '../../src/log/fleet-keys.ts';
import { readUpdate } from '../../src/log/record.ts';
import { DirectFetcher, maxDeadLetterBytes } from '../../src/pool/direct-fetcher.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { scriptedStore } from '../store/scripted-store.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { fleetId, newerFormat, putSegment, sealing, segmentBytes, taskOf, updates } from './segment-maker.ts';

const task = taskOf(1, 0);

/** Content that does not become much smaller. */
function randomUpdates(count: number, bytes: number) {
  const random = new SeededRandom(1);
  return updates(count).map((update) => ({
    ...update,
    content: Buffer.from(random.bytes(bytes)).toString('base64'),
  }));
}

function setUp({
  keys = noKeys,
  maxSegmentBytes = 1_000_000,
  rangeBytes = 8_000_000,
}: {
  keys?: FleetKeys;
  maxSegmentBytes?: number;
  rangeBytes?: number;
} = {}) {
  const store = new MemoryStore();
  return { store, fetcher: new DirectFetcher({ store, fleetId, keys, maxSegmentBytes, rangeBytes }) };
}

describe('the direct fetcher', () => {
  it('fetches and decodes a segment, sealed or not', async () => {
    for (const keys of [noKeys, sealing]) {
      const { store, fetcher } = setUp({ keys });
      await putSegment(store, task, updates(3), keys);
      const outcome = await fetcher.fetch(task);
      assert(outcome.status === 'fetched');
      assert.equal(outcome.segment.header.count, 3);
      const kept = await store.get(task.key);
      assert.equal(outcome.segment.storedAt, kept.status === 'found' && kept.lastModified);
      assert.equal(readUpdate(outcome.segment, 2, task.writer).url, 'https://example.com/2');
    }
  });

  it('says that a segment is missing, with the time of the store', async () => {
    const { fetcher } = setUp();
    const outcome = await fetcher.fetch(task);
    assert.equal(outcome.status, 'missing');
    assert.ok(outcome.time > 0);
  });

  it('keeps the bytes of a corrupt segment, and names its fault', async () => {
    const { store, fetcher } = setUp();
    const bytes = await segmentBytes(task);
    bytes[bytes.length - 3]! ^= 1;
    await store.put(task.key, bytes);
    const outcome = await fetcher.fetch(task);
    assert(outcome.status === 'corrupt');
    assert.deepEqual(Buffer.from(outcome.bytes), Buffer.from(bytes));
    assert.match(outcome.reason, /\w/);
  });

  it('does not take another lane’s segment for the one it asked for', async () => {
    const { store, fetcher } = setUp();
    await store.put(task.key, await segmentBytes(taskOf(2, 0)));
    assert.equal((await fetcher.fetch(task)).status, 'corrupt');
  });

  it('names the key that is lacking', async () => {
    const { store, fetcher } = setUp();
    await putSegment(store, task, updates(1), sealing);
    const outcome = await fetcher.fetch(task);
    assert(outcome.status === 'unknown-key');
    assert.equal(outcome.keyId, 'k1');
  });

  it('tells a newer format from damage', async () => {
    const { store, fetcher } = setUp();
    await store.put(task.key, newerFormat(await segmentBytes(task), task));
    const outcome = await fetcher.fetch(task);
    assert(outcome.status === 'newer-format');
    assert.equal(outcome.version, 2);
  });

  it('reads only the beginning of an object that is larger than it may be', async () => {
    const { store, fetcher } = setUp({ maxSegmentBytes: 1000 });
    await store.put(task.key, new Uint8Array(maxDeadLetterBytes + 10));
    const outcome = await fetcher.fetch(task);
    assert(outcome.status === 'corrupt');
    assert.equal(outcome.bytes.length, maxDeadLetterBytes);
    assert.match(outcome.reason, /read\.maxSegmentBytes/);
  });

  it('reads a long segment in ranges, says in how many, and tells damage as of any other', async () => {
    for (const keys of [noKeys, sealing]) {
      const { store, fetcher } = setUp({ keys, rangeBytes: 1000 });
      const bytes = await segmentBytes(task, randomUpdates(20, 300), keys);
      await store.put(task.key, bytes);
      const outcome = await fetcher.fetch(task);
      assert(outcome.status === 'fetched');
      assert.equal(outcome.gets, Math.ceil(bytes.length / 1000));
      assert.ok(outcome.gets > 3);
      assert.equal(outcome.segment.storedBytes, bytes.length);
      assert.equal(readUpdate(outcome.segment, 19, task.writer).url, 'https://example.com/19');

      for (const damaged of [bytes.with(bytes.length - 9, 255 - bytes.at(-9)!), bytes.subarray(0, -1)]) {
        await store.put(task.key, damaged);
        const corrupt = await fetcher.fetch(task);
        assert(corrupt.status === 'corrupt');
        assert.deepEqual(Buffer.from(corrupt.bytes), Buffer.from(damaged));
      }
    }
  });

  it('throws what the store throws', async () => {
    const error = new BucketcastError('store-unavailable', 'no answer');
    const store = scriptedStore(() => {
      throw error;
    });
    const fetcher = new DirectFetcher({
      store,
      fleetId,
      keys: noKeys,
      maxSegmentBytes: 1000,
      rangeBytes: 1000,
    });
    await assert.rejects(fetcher.fetch(task), error);
    assert.equal(store.calls.length, 1);
  });
});
