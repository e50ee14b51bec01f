import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readRecord } from '../../src/log/record.ts';
import { DirectObjectReader } from '../../src/pool/direct-object-reader.ts';
import { openStore } from '../../src/store/open-store.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { startBucketServer } from './bucket-server.ts';
import { hostileBodies, objectOf, prefix, taskFor } from './object-maker.ts';
import { exited, startPool } from './pool-rig.ts';
import { putSegment, taskOf, updates } from './segment-maker.ts';

const timeless = <Answer extends object>(answer: Answer) => ({
  ...answer,
  time: undefined,
  ...('record' in answer && { record: Buffer.from(answer.record as Uint8Array) }),
});

describe('objects in worker threads', () => {
  it('are listed and read from a place of their own, as they would be in this thread', async (t) => {
    const [log, place] = [`file:${temporaryDirectory()}`, `file:${temporaryDirectory()}`];
    const store = await openStore(place);
    for (let i = 0; i < 40; i += 1) await store.put(objectOf('a', i).key, objectOf('a', i).body);
    const segments = await openStore(log);
    await putSegment(segments, taskOf(1, 0), updates(3));
    const { pool, metrics } = await startPool(t, {
      store: { url: log },
      objects: { store: { url: place } },
    });
    const direct = new DirectObjectReader({ store, prefix, maxBytes: 1_000_000 });
    const task = { prefix, after: `${prefix}a/3`, until: `${prefix}a/c` };
    assert.deepEqual(timeless(await pool.objects.list(task)), timeless(await direct.list(task)));
    const { keys } = await pool.objects.list({ prefix });
    const moved = new Map<ArrayBufferLike, number>();
    const outcomes = await Promise.all(
      keys.map(async (key) => {
        const one = await taskFor(store, key);
        const outcome = await pool.objects.fetch(one);
        assert.deepEqual(timeless(outcome), timeless(await direct.fetch(one)));
        return outcome;
      }),
    );
    const numbers = outcomes.map((outcome) => {
      assert(outcome.status === 'fetched');
      moved.set(outcome.record.buffer, (moved.get(outcome.record.buffer) ?? 0) + outcome.record.byteLength);
      const { content } = readRecord(outcome.record, { writer: 'a', lane: 0, sequence: 0, index: 0 });
      return (content as { number: number }).number;
    });
    assert.deepEqual(
      numbers.sort((a, b) => a - b),
      Array.from({ length: 40 }, (_, i) => i),
    );
    for (const [buffer, bytes] of moved) assert.equal(buffer.byteLength, bytes, 'moved, and nothing beside');
    assert.ok(moved.size < outcomes.length, 'several in one');
    assert.equal((await pool.fetch(taskOf(1, 0))).status, 'fetched');

    const { threads, pending } = pool.snapshot();
    const shards = threads.flatMap((thread) => thread.shards);
    assert.equal(pending, 0);
    assert.ok(shards.includes('feed-updates/*') && shards.includes('..feed-updates/a/c'), shards.join());
    assert.ok(threads.every((thread) => thread.shards.some((shard) => /^objects\/\d+$/.test(shard))));
    const counted = await metrics.text();
    assert.match(counted, /store_requests_total\{operation="list",result="ok"\} 2\n/);
    assert.match(counted, /store_requests_total\{operation="get",result="ok"\} 41\n/);
    await Promise.all([store.close(), segments.close()]);
  });

  it('never cost a thread, whatever is in them', async (t) => {
    const url = `file:${temporaryDirectory()}`;
    const store = await openStore(url);
    const { pool, lost } = await startPool(t, {
      store: { url },
      threads: 1,
      objects: { maxBytes: 5_000_000 },
    });
    const bodies = { ...hostileBodies, 'fifty million spaces': () => Buffer.alloc(50_000_000, ' ') };
    for (const [index, body] of Object.values(bodies).entries()) {
      const key = `${prefix}a/${index}.json`;
      await store.put(key, body());
      assert.equal((await pool.objects.fetch(await taskFor(store, key))).status, 'corrupt');
      await store.delete(key);
    }
    assert.deepEqual(lost, []);
    await store.close();
  });

  it('are tried again on another thread when theirs is lost in the middle', async (t) => {
    const server = await startBucketServer(t);
    const clock = new FakeClock();
    const { pool, workers, lost } = await startPool(t, { store: server.store, clock });
    const { key, body } = objectOf('a', 1);
    const fetching = pool.objects.fetch({ key, digest: '0'.repeat(32), size: 1, lastModified: 0 });
    const first = await server.request(0);
    assert.equal(first.key, key);
    const home = pool.snapshot().threads.find(({ shards }) => shards.length > 0)!.id;
    const gone = exited(workers[home]!);
    await workers[home]!.terminate();
    await gone;
    await clock.advance(1);
    (await server.request(1)).answer(200, body);
    assert.equal((await fetching).status, 'fetched');
    assert.equal(lost.length, 1);
    await clock.advance(50);
  });

  it('end at the store when their caller aborts', async (t) => {
    const server = await startBucketServer(t);
    const { pool } = await startPool(t, { store: server.store, threads: 1 });
    const abort = new AbortController();
    const { signal } = abort;
    const task = { key: objectOf('a', 1).key, digest: '0'.repeat(32), size: 1, lastModified: 0 };
    const fetching = assert.rejects(pool.objects.fetch(task, { signal }), { code: 'closed' });
    const request = await server.request(0);
    const listing = assert.rejects(pool.objects.list({ prefix }, { signal }), { code: 'closed' });
    await server.request(1);
    abort.abort();
    await Promise.all([fetching, listing, request.abandoned]);
  });
});
