import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Worker } from 'node:worker_threads';
import { laneKey } from '../../src/log/keys.ts';
import { FakeClock, settle } from '../support/fake-clock.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { startBucketServer } from './bucket-server.ts';
import { exited, type RiggedPool, startPool } from './pool-rig.ts';
import { segmentBytes, taskOf } from './segment-maker.ts';

/** The thread that a lane is on, by the snapshot. */
function threadOf(pool: RiggedPool, writer: number): number | undefined {
  const shard = laneKey(taskOf(writer, 0));
  return pool.snapshot().threads.find(({ shards }) => shards.includes(shard))?.id;
}

describe('a thread that is lost', () => {
  it('in the middle of a fetch costs a retry on another thread, not the segment', async (t) => {
    const server = await startBucketServer(t);
    const clock = new FakeClock();
    const { pool, workers, lost } = await startPool(t, { store: server.store, clock });
    const fetching = pool.fetch(taskOf(1, 0));
    const first = await server.request(0);
    const home = threadOf(pool, 1)!;
    const other = 1 - home;

    const gone = exited(workers[home]!);
    await workers[home]!.terminate();
    await gone;
    await first.abandoned;
    assert.deepEqual(
      lost.map(({ thread, error }) => [thread, (error as Error).message]),
      [[home, 'the thread ended with code 1']],
    );
    assert.equal(pool.snapshot().threads[home]!.alive, false);

    await clock.advance(1);
    const second = await server.request(1);
    assert.equal(second.key, first.key);
    assert.equal(threadOf(pool, 1), other, 'the lane has moved');
    second.answer(200, await segmentBytes(taskOf(1, 0)));
    assert.equal((await fetching).status, 'fetched');

    assert.equal(workers.length, 2);
    await clock.advance(50);
    assert.equal(workers.length, 3, 'started again after a wait');
    assert.ok(pool.snapshot().threads.every(({ alive }) => alive));
    const back = pool.fetch(taskOf(1, 1));
    (await server.request(2)).answer(404);
    assert.equal((await back).status, 'missing');
    assert.equal(threadOf(pool, 1), home, 'the lane is back where it belongs');
  });

  it('is waited for when it is the only one', async (t) => {
    const { pool, workers, lost } = await startPool(t, {
      store: { url: `file:${temporaryDirectory()}` },
      threads: 1,
      retry: { attempts: 20, baseMs: 10, capMs: 50 },
    });
    assert.equal((await pool.fetch(taskOf(1, 0))).status, 'missing');
    const gone = exited(workers[0]!);
    await workers[0]!.terminate();
    await gone;
    assert.equal((await pool.fetch(taskOf(1, 0))).status, 'missing');
    assert.equal(lost.length, 1);
    assert.equal(workers.length, 2);
  });

  it('by an uncaught error is reported with that error, also when it was idle', async (t) => {
    const { pool, workers, lost } = await startPool(t, {
      store: { url: `file:${temporaryDirectory()}` },
      clock: new FakeClock(),
    });
    for (const writer of [1, 2, 3, 4]) await pool.fetch(taskOf(writer, 0));
    const gone = exited(workers[1]!);
    // Piscina's own code in the thread trips over it, outside of any job.
    workers[1]!.postMessage({ filename: null }, []);
    await gone;
    assert.equal(lost.length, 1);
    assert.equal(lost[0]!.thread, 1);
    assert.match((lost[0]!.error as Error).message, /undefined/);
  });

  it('over and over is started with growing waits, until one has answered', async (t) => {
    const clock = new FakeClock();
    const store = { url: `file:${temporaryDirectory()}` };
    const { pool, workers } = await startPool(t, { store, threads: 1, clock });
    const lose = async (wait: number) => {
      const count = workers.length;
      const latest = workers.at(-1) as Worker;
      const gone = exited(latest);
      await latest.terminate();
      await gone;
      await clock.advance(wait - 1);
      assert.equal(workers.length, count);
      await clock.advance(1);
      assert.equal(workers.length, count + 1);
    };
    for (const wait of [50, 100, 200]) await lose(wait);
    await pool.fetch(taskOf(1, 0));
    await lose(50);
  });

  it('does not come back once the pool is stopped', async (t) => {
    const clock = new FakeClock();
    const { pool, workers } = await startPool(t, {
      store: { url: `file:${temporaryDirectory()}` },
      threads: 1,
      clock,
    });
    const gone = exited(workers[0]!);
    await workers[0]!.terminate();
    await gone;
    await pool.stop();
    await settle();
    assert.equal(clock.pending, 0);
  });
});
