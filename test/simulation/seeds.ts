import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runSeed } from './scenario.ts';

/** Tests over `[from, to)`: every promise is kept in every seed, and between them the seeds reach all of the protocol. */
export function testSeeds(from: number, to: number): void {
  test(`the promises hold in the simulated fleets of seeds ${from} to ${to - 1}`, async () => {
    const happened = new Map<string, number>();
    let delivered = 0;
    for (let seed = from; seed < to; seed++) {
      const result = await runSeed(seed);
      const replay = `seed ${seed}; alone: npm run -s simulate -- ${seed}`;
      assert.deepEqual(result.violations, [], replay);
      delivered += result.delivered;
      for (const [name, count] of result.happened) happened.set(name, (happened.get(name) ?? 0) + count);
    }
    assert.ok(delivered > 10 * (to - from), `only ${delivered} deliveries`);
    for (const name of [
      'parked',
      'merged',
      'trimmed',
      'gap expired',
      'retired twin',
      'dead-letter poison',
      'gap corrupt',
      'blocked unknown-key',
      'unknown-loss',
      'replayed',
      'paused',
      'hint believed',
      'hint polled',
      'hint forged',
      'inline served',
      'inline refused',
      'claimed',
      'claimed by another',
      'claim-lost expired',
      'snapshot-written',
      'recovered',
    ]) {
      assert.ok((happened.get(name) ?? 0) > 0, `no seed reached «${name}»`);
    }
  });
}
