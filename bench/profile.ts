import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { table } from '../src/cli/table.ts';
import { defineBench } from './support/bench.ts';
import { startCannedStore } from './support/canned-store.ts';
import { type CpuProfile, selfTimes } from './support/cpu-profile.ts';
import { loadLog } from './support/loaded-log.ts';
import { cpuEach, rate } from './support/measurement.ts';
import { ownReaders } from './support/own-readers.ts';

const folder = join(import.meta.dirname, 'results/profile');
const shownFunctions = 15;

export const bench = defineBench({
  summary:
    'CPU profiles of the catch-up from the canned server, one file a thread, with the longest functions',
  settings: { updates: { what: 'updates in the backlog, 1 KB each', usual: 200_000, small: 4_000 } },
  async *groups(context) {
    const log = await loadLog(context, context.settings.updates, 4);
    const canned = context.own(await startCannedStore(log.store, context.signal));
    await rm(folder, { recursive: true, force: true });
    const profiled = (way: string) => ['--cpu-prof', `--cpu-prof-dir=${join(folder, way)}`];
    yield {
      title: `Catch-up of ${log.count} updates under the profiler, which slows it down`,
      columns: [rate('updates'), cpuEach('update')],
      contenders: ownReaders(context, { ...log, store: canned.store }, 'canned', profiled),
      rounds: 1,
    };
    for (const way of await readdir(folder)) await summarize(way);
  },
});

async function summarize(way: string): Promise<void> {
  for (const file of await readdir(join(folder, way))) {
    const path = join(folder, way, file);
    const functions = selfTimes(JSON.parse(await readFile(path, 'utf8')) as CpuProfile);
    const total = functions.reduce((sum, { ms }) => sum + ms, 0);
    const rows = functions
      .slice(0, shownFunctions)
      .map(({ name, ms }) => [ms.toFixed(0), ((ms / total) * 100).toFixed(1), name]);
    console.log(`${way}: ${path}\n${table(['ms', '%', 'function'], rows)}`);
  }
}
