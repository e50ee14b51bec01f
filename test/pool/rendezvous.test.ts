import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { rendezvous } from '../../src/pool/rendezvous.ts';
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
