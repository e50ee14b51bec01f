/** Runs single seeds and says what went wrong: `node test/simulation/replay.ts FROM [TO]`, with `TRACE=1` all of it. */
import { runSeed } from './scenario.ts';

const from = Number(process.argv[2] ?? 0);
const to = Number(process.argv[3] ?? from);
let failed = 0;
const seen = new Map<string, number>();
for (let seed = from; seed <= to; seed++) {
  try {
    const { violations, happened, ...counts } = await runSeed(
      seed,
      process.env['TRACE'] ? console.log : undefined,
    );
    for (const [name, count] of happened) seen.set(name, (seen.get(name) ?? 0) + count);
    if (violations.length === 0 && from !== to) continue;
    if (violations.length > 0) failed += 1;
    console.log(`seed ${seed}:`, JSON.stringify(counts));
    for (const violation of violations.slice(0, from === to ? 10 : 1)) console.log(`  ${violation}`);
  } catch (error) {
    failed += 1;
    console.log(`seed ${seed}:`, error);
  }
  if (failed > 0 && process.env['FIRST_FAILURE']) break;
}
console.log('happened:', Object.fromEntries(seen));
console.log(`${failed} of ${to - from + 1} seeds failed`);
process.exitCode = failed > 0 ? 1 : 0;
