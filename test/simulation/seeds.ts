import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import type { Seeds, SeedsOutcome } from './seed-thread.ts';

/** Tests over `[from, to)`: every promise is kept in every seed, and between them the seeds reach all of the protocol. */
export function testSeeds(from: number, to: number): void {
  test(`the promises hold in the simulated fleets of seeds ${from} to ${to - 1}`, async () => {
    const outcome = await inThread({ from, to });
    if ('failed' in outcome) {
      const replay = `seed ${outcome.failed}; alone: npm run -s simulate -- ${outcome.failed}`;
      assert.deepEqual(outcome.violations, [], replay);
      throw new Error(`no reason given for ${replay}`);
    }
    const { delivered, happened } = outcome;
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

async function inThread(seeds: Seeds): Promise<SeedsOutcome> {
  const thread = new Worker(new URL('seed-thread.ts', import.meta.url), { workerData: seeds });
  const [outcome] = (await once(thread, 'message')) as [SeedsOutcome];
  await thread.terminate();
  return outcome;
}
