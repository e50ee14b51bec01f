import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { noKeys } from '../../src/log/fleet-keys.ts';
import { laneKey } from '../../src/log/keys.ts';
import { readUpdate } from '../../src/log/record.ts';
import type { SegmentOutcome } from '../../src/log/segment-fetcher.ts';
import { DirectFetcher } from '../../src/pool/direct-fetcher.ts';
import { openStore } from '../../src/store/open-store.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { exited, startPool } from './pool-rig.ts';
import {
  fleetId,
  key1,
  newerFormat,
  putSegment,
  sealing,
  segmentBytes,
  taskOf,
  updates,
} from './segment-maker.ts';

/** What does not change from one GET to the next. */
const essence = (outcome: SegmentOutcome) => ({ ...outcome, time: undefined });

describe('the pooled fetcher', () => {
  it('answers exactly as a fetch in this thread does, whatever came of it', async (t) => {
    const url = `file:${temporaryDirectory()}`;
    const store = await openStore(url);
    const unknown = { ...sealing, ring: [{ ...key1, id: 'k2' }], active: 'k2' };
    const corrupt = await segmentBytes(taskOf(4, 0));
    corrupt[corrupt.length - 3]! ^= 1;
    await putSegment(store, taskOf(1, 0), updates(3));
    await putSegment(store, taskOf(2, 0), updates(1000, 1000), sealing);
    await putSegment(store, taskOf(3, 0), updates(3), unknown);
    await store.put(taskOf(4, 0).key, corrupt);
    await store.put(taskOf(5, 0).key, newerFormat(await segmentBytes(taskOf(5, 0)), taskOf(5, 0)));
    const keys = { ...sealing, ring: [key1] };
    const { pool } = await startPool(t, { store: { url }, keys, threads: 1 });
    const direct = new DirectFetcher({
      store,
      fleetId,
      keys,
      maxSegmentBytes: 10_000_000,
      rangeBytes: 8_000_000,
    });
    const statuses = [];
    for (const writer of [1, 2, 3, 4, 5, 6]) {
      const outcome = await pool.fetch(taskOf(writer, 0));
      assert.deepEqual(essence(outcome), essence(await direct.fetch(taskOf(writer, 0))));
      assert.ok(Math.abs(outcome.time - Date.now()) < 60_000);
      statuses.push(outcome.status);
    }
    assert.deepEqual(statuses, ['fetched', 'fetched', 'unknown-key', 'corrupt', 'newer-format', 'missing']);
    await store.close();
  });

  it('brings a segment as one buffer and an offset table of its own, parsed when read', async (t) => {
    const url = `file:${temporaryDirectory()}`;
    const store = await openStore(url);
    await putSegment(store, taskOf(1, 0), updates(1000, 1000));
    const { pool, metrics } = await startPool(t, { store: { url }, threads: 1 });
    const outcome = await pool.fetch(taskOf(1, 0));
    assert(outcome.status === 'fetched');
    const { bytes, offsets, storedBytes } = outcome.segment;
    const counted = await metrics.text();
    assert.ok(counted.includes(`bytes_total{direction="received",stage="wire"} ${storedBytes}\n`));
    assert.ok(counted.includes(`bytes_total{direction="received",stage="decoded"} ${bytes.byteLength}\n`));
    assert.equal(bytes.buffer.byteLength, bytes.byteLength);
    assert.equal(offsets.length, 1001);
    assert.equal(readUpdate(outcome.segment, 999, 'w').url, 'https://example.com/999');
    await store.close();
  });

  it('keeps every lane on one thread, uses all threads, and shows which is where', async (t) => {
    const { pool, metrics } = await startPool(t, { store: { url: `file:${temporaryDirectory()}` } });
    const fetchAll = () =>
      Promise.all(Array.from({ length: 64 }, (_, i) => pool.fetch(taskOf(i % 8, Math.floor(i / 8)))));
    await fetchAll();
    const places = () => pool.snapshot().threads.map(({ shards }) => shards);
    const before = places();
    assert.deepEqual(before.flat().sort(), Array.from({ length: 8 }, (_, i) => laneKey(taskOf(i, 0))).sort());
    assert.ok(before.every((shards) => shards.length > 0));
    await fetchAll();
    assert.deepEqual(places(), before);
    assert.deepEqual(
      pool.snapshot().threads.map(({ id, alive, running, waiting }) => ({ id, alive, running, waiting })),
      [
        { id: 0, alive: true, running: 0, waiting: 0 },
        { id: 1, alive: true, running: 0, waiting: 0 },
      ],
    );
    assert.match(await metrics.text(), /store_requests_total\{operation="get",result="missing"\} 128\n/);
  });

  it('tells why a store cannot be opened, without trying again', async (t) => {
    const { pool, lost } = await startPool(t, { store: { url: 'ftp://example.com/bucket' }, threads: 1 });
    await assert.rejects(pool.fetch(taskOf(1, 0)), { code: 'invalid-settings' });
    assert.deepEqual(lost, []);
  });

  it('lets what is under way end when it stops, and leaves no thread behind', async (t) => {
    const url = `file:${temporaryDirectory()}`;
    const store = await openStore(url);
    await putSegment(store, taskOf(1, 0), updates(1), noKeys);
    const { pool, workers, lost } = await startPool(t, { store: { url } });
    const exits = workers.map(exited);
    const fetching = Array.from({ length: 20 }, () => pool.fetch(taskOf(1, 0)));
    await Promise.all([pool.stop({ timeoutMs: 10_000 }), pool.stop()]);
    for (const outcome of await Promise.all(fetching)) assert.equal(outcome.status, 'fetched');
    await Promise.all(exits);
    assert.equal(workers.length, 2);
    await assert.rejects(pool.fetch(taskOf(1, 0)), { code: 'closed' });
    assert.deepEqual(lost, [], 'a stop is no loss');
    assert.ok(pool.snapshot().threads.every(({ alive }) => !alive));
    await store.close();
  });
});
