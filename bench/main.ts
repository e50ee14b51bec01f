/** `npm run bench`: lists the benches. `npm run bench NAME -- …`: runs one, or all of them one after the other. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bench } from './support/bench.ts';
import { CephClusters } from './support/ceph-clusters.ts';
import { help, readCall } from './support/command-line.ts';
import { runBench } from './support/run-bench.ts';

const [name, ...args] = process.argv.slice(2);
const names = [
  'catch-up',
  'objects',
  'objects-delayed',
  'publish',
  'propagation',
  'poll-cost',
  'memory',
  'index',
  'snapshots',
  's3-client',
];
/** Not part of "all": it compares nothing. */
const others = ['profile'];

// Most of the smallest size is the start of processes: they share what they have compiled.
const cache = args.includes('--small') ? mkdtempSync(join(tmpdir(), 'bucketcast-bench-code-')) : undefined;
if (cache !== undefined) {
  process.env['NODE_COMPILE_CACHE'] = cache;
  process.once('exit', () => rmSync(cache, { recursive: true, force: true }));
}

await using clusters = new CephClusters();
const interrupted = new AbortController();
for (const [signal, code] of [['SIGINT', 130] as const, ['SIGTERM', 143] as const]) {
  process.once(signal, () => {
    process.exitCode = code;
    interrupted.abort(new Error(`stopped by ${signal}`));
  });
}

if (name === undefined || name === '--help') await list();
else if (name === 'all') for (const one of names) await run(one);
else if ([...names, ...others].includes(name)) await run(name);
else fail(`There is no bench ${name}; there are ${[...names, ...others].join(', ')}, and all`);

async function list(): Promise<void> {
  const width = Math.max(...names.map((one) => one.length));
  for (const one of [...names, ...others]) console.log(`${one.padEnd(width)}  ${(await load(one)).summary}`);
  console.log(`\nnpm run bench NAME -- --help names its options; "all" runs every one.`);
}

async function run(one: string): Promise<void> {
  if (interrupted.signal.aborted || process.exitCode !== undefined) return;
  const bench = await load(one);
  if (args.includes('--help')) {
    console.log(help(one, bench));
    return;
  }
  const owned = new AsyncDisposableStack();
  try {
    const call = readCall(bench, args);
    await runBench(one, bench, call, { signal: interrupted.signal, owned, clusters });
  } catch (error) {
    fail(`${one}: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    await owned.disposeAsync();
  }
}

async function load(one: string): Promise<Bench> {
  const { bench } = (await import(`./${one}.ts`)) as { readonly bench: Bench };
  return bench;
}

function fail(message: string): void {
  console.error(message);
  process.exitCode ??= 1;
}
