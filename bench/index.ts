import { join } from 'node:path';
import { defineBench } from './support/bench.ts';
import { nodeContender } from './support/contender.ts';
import { loadLog } from './support/loaded-log.ts';
import { cpuEach, extra, rate, rss } from './support/measurement.ts';

const writers = 4;
const following = new URL('contenders/index-following.ts', import.meta.url);
const table = new URL('contenders/index-table.ts', import.meta.url);

export const bench = defineBench({
  summary: 'the index of the newest update of each URL: disk, memory, lookups, and what it costs to keep',
  settings: {
    urls: { what: 'URLs, each with 1 KB of content', usual: 1_000_000, small: 2000 },
    lookups: { what: 'lookups a run', usual: 200_000, small: 2000 },
  },
  async *groups(context) {
    const { urls, lookups } = context.settings;
    const { store } = await loadLog(context, urls, writers, urls);
    const directory = await context.directory();
    const follows = (name: string, index: boolean) =>
      nodeContender({ name, count: urls }, following, async () => ({
        store,
        state: await context.directory(),
        index,
      }));
    yield {
      title: 'Following a log, each update of another URL',
      contenders: [follows('a subscription that does nothing', false), follows('the index', true)],
      columns: [rate('updates'), cpuEach('update'), rss, extra('disk MiB', 'diskMiB', { digits: 0 })],
      base: 'a subscription that does nothing',
    };
    // Of one state directory, in this order: each finds what the one before has left.
    const state = join(directory, 'table');
    const does = (name: string, work: string, count: number, rounds?: number) => ({
      title: name,
      contenders: [nodeContender({ name, count }, table, { state, work, urls, lookups })],
      columns: [rate('rows'), cpuEach('row'), rss, extra('disk MiB', 'diskMiB', { digits: 0 })],
      ...(rounds !== undefined && { rounds }),
    });
    yield does('Filling an empty index, by pages of another', 'fill', urls, 1);
    yield does('Newer updates of every tenth URL, in no order', 'update', Math.ceil(urls / 10));
    yield does('Looking up a URL, with its content', 'find', lookups);
    yield does('Reading all of it by pages', 'pages', urls);
  },
});
