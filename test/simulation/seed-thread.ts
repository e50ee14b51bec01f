import { parentPort, workerData } from 'node:worker_threads';
import { runSeed } from './scenario.ts';

/** Which seeds a thread runs: `[from, to)`. */
export interface Seeds {
  readonly from: number;
  readonly to: number;
}

/** What came of them: of all, or of the first that failed. */
export type SeedsOutcome =
  | { readonly delivered: number; readonly happened: ReadonlyMap<string, number> }
  | { readonly failed: number; readonly violations: readonly string[] };

// Not in the thread of the tests, where every promise is followed: that takes half as long again.
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- only windows have one
parentPort?.postMessage(await run(workerData as Seeds));

async function run({ from, to }: Seeds): Promise<SeedsOutcome> {
  const happened = new Map<string, number>();
  let delivered = 0;
  for (let seed = from; seed < to; seed++) {
    const result = await outcomeOf(seed);
    if (result.violations.length > 0) return { failed: seed, violations: result.violations };
    delivered += result.delivered;
    for (const [name, count] of result.happened) happened.set(name, (happened.get(name) ?? 0) + count);
  }
  return { delivered, happened };
}

async function outcomeOf(
  seed: number,
): Promise<Pick<Awaited<ReturnType<typeof runSeed>>, 'violations' | 'delivered' | 'happened'>> {
  try {
    return await runSeed(seed);
  } catch (error) {
    return { violations: [String((error as Error).stack)], delivered: 0, happened: new Map() };
  }
}
