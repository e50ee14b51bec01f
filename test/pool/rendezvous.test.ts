import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { rendezvous } from '../../src/pool/rendezvous.ts';
import { ShardMap } from '../../src/pool/shard-map.ts';
import { writerNumber } from './segment-maker.ts';

const shards = Array.from({ length: 2000 }, (_, i) => `${writerNumber(i)}/0`);
const places = (threads: readonly number[]) => shards.map((shard) => rendezvous(shard, threads));

describe('rendezvous hashing', () => {
  it('spreads shards evenly, also those with much the same names', () => {
    const counts = [0, 0, 0, 0];
    for (const thread of places([0, 1, 2, 3])) counts[thread!]! += 1;
    for (const count of counts) assert.ok(count > 430 && count < 570, counts.join());
  });

  it('moves only the shards of a thread that goes, and brings only those back', () => {
    const before = places([0, 1, 2, 3]);
    const without = places([0, 1, 3]);
    before.forEach((thread, i) => {
      if (thread !== 2) assert.equal(without[i], thread);
    });
    assert.ok(new Set(without.filter((_, i) => before[i] === 2)).size === 3, 'they are shared out');
    assert.deepEqual(places([3, 2, 1, 0]), before, 'whatever the order');
  });

  it('has no answer without threads', () => {
    assert.equal(rendezvous('a', []), undefined);
  });
});

describe('the map of shards', () => {
  it('shows which shards a thread was last given', () => {
    const map = new ShardMap();
    for (const shard of ['c', 'a', 'b']) map.place(shard, [0]);
    map.place('b', [1]);
    assert.deepEqual([map.of(0), map.of(1)], [['a', 'c'], ['b']]);
  });

  it('forgets the lanes not used for longest, so that it does not grow with the fleet', () => {
    const map = new ShardMap();
    for (let i = 0; i < 10_000; i += 1) {
      map.place('kept', [0]);
      map.place(`${i}`, [0]);
    }
    assert.equal(map.of(0).length, 4096);
    assert.ok(map.of(0).includes('kept'));
    assert.ok(!map.of(0).includes('17'));
  });
});
