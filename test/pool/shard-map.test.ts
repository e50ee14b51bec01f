import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { rendezvous } from '../../src/pool/rendezvous.ts';
import { ShardMap } from '../../src/pool/shard-map.ts';
import { startBucketServer } from './bucket-server.ts';
import { startPool } from './pool-rig.ts';
import { segmentBytes, taskOf } from './segment-maker.ts';

const idle = (...ids: number[]) => ids.map((id) => ({ id, jobs: 0 }));

describe('the map of shards', () => {
  it('shows which shards a thread was last given', () => {
    const map = new ShardMap();
    for (const shard of ['c', 'a', 'b']) map.place(shard, idle(0));
    map.place('b', idle(1));
    assert.deepEqual([map.of(0), map.of(1)], [['a', 'c'], ['b']]);
  });

  it('forgets the lanes not used for longest, so that it does not grow with the fleet', () => {
    const map = new ShardMap();
    for (let i = 0; i < 10_000; i += 1) {
      map.place('kept', idle(0));
      map.place(`${i}`, idle(0));
    }
    assert.equal(map.of(0).length, 4096);
    assert.ok(map.of(0).includes('kept'));
    assert.ok(!map.of(0).includes('17'));
  });

  it('keeps a shard at home while the home has little to do, or the others about as much', () => {
    const map = new ShardMap();
    const home = rendezvous('lane', [0, 1])!;
    const jobs = (ofHome: number, ofOther: number) => [
      { id: home, jobs: ofHome },
      { id: 1 - home, jobs: ofOther },
    ];
    assert.equal(map.place('lane', jobs(7, 0)), home);
    assert.equal(map.place('lane', jobs(40, 20)), home);
    assert.deepEqual([map.of(home), map.of(1 - home)], [['lane'], []]);
  });

  it('has an idle thread help a crowded one, shows both, and takes the shard home afterwards', () => {
    const map = new ShardMap();
    const home = rendezvous('lane', [0, 1])!;
    const jobs = (ofHome: number, ofOther: number) => [
      { id: home, jobs: ofHome },
      { id: 1 - home, jobs: ofOther },
    ];
    assert.equal(map.place('lane', jobs(8, 3)), 1 - home);
    assert.equal(map.place('lane', jobs(9, 9)), home);
    assert.deepEqual([map.of(0), map.of(1)], [['lane'], ['lane']]);
    assert.equal(map.place('lane', jobs(2, 0)), home);
    assert.deepEqual([map.of(home), map.of(1 - home)], [['lane'], []]);
  });
});

describe('the pool', () => {
  it('reads one long lane with all of its threads', async (t) => {
    const server = await startBucketServer(t);
    const { pool, limiter } = await startPool(t, { store: server.store, fetchesPerThread: 8 });
    const fetches = Array.from({ length: 20 }, (_, sequence) => pool.fetch(taskOf(1, sequence)));
    await server.request(14);
    const running = pool.snapshot().threads.map((thread) => thread.running + thread.waiting);
    assert.equal(running[0]! + running[1]!, 20);
    assert.ok(Math.min(...running) >= 6, running.join());
    assert.ok(pool.snapshot().threads.every(({ shards }) => shards.length === 1));
    // As one ends, the next one of its thread begins.
    for (let index = 0; index < 20; index += 1) {
      const request = await server.request(index);
      const sequence = fetches.findIndex((_, at) => taskOf(1, at).key === request.key);
      request.answer(200, await segmentBytes(taskOf(1, sequence)));
    }
    for (const outcome of await Promise.all(fetches)) assert.equal(outcome.status, 'fetched');
    assert.equal(limiter.snapshot().inFlight, 0);
  });
});
