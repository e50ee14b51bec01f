import { join } from 'node:path';
import { defineBench } from './support/bench.ts';
import { nodeContender } from './support/contender.ts';
import { cpuEach, extra, rate, rss, seconds } from './support/measurement.ts';

const writing = new URL('contenders/snapshot-writing.ts', import.meta.url);
const loading = new URL('contenders/snapshot-loading.ts', import.meta.url);

export const bench = defineBench({
  summary: 'snapshots: writing one, and a new node that begins with it',
  settings: { urls: { what: 'URLs, each with 1 KB of content', usual: 1_000_000, small: 1000 } },
  async *groups(context) {
    const { urls } = context.settings;
    const ceph = await context.ceph();
    const store = ceph.storeSettings(await ceph.makeBucket());
    const state = join(await context.directory(), 'full');
    yield {
      title: 'Writing a snapshot of a full index',
      contenders: [nodeContender({ name: 'one node', count: urls }, writing, { store, state, urls })],
      columns: [
        rate('URLs'),
        seconds,
        cpuEach('URL'),
        rss,
        extra('stored MiB', 'storedMiB', { digits: 0 }),
        extra('parts', 'parts', { digits: 0 }),
      ],
      rounds: 1,
    };
    yield {
      title: 'A new node, until it knows every URL',
      contenders: [
        nodeContender({ name: 'from the snapshot', count: urls }, loading, async () => ({
          store,
          state: await context.directory(),
        })),
      ],
      columns: [rate('URLs'), seconds, cpuEach('URL'), rss, extra('disk MiB', 'diskMiB', { digits: 0 })],
      ...(!context.small && { rounds: 3 }),
    };
  },
});
