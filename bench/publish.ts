import type { SettingsInput } from '../src/index.ts';
import { credentials } from '../test/support/ceph.ts';
import { defineBench } from './support/bench.ts';
import type { BenchContext } from './support/bench-context.ts';
import { type Contender, nodeContender } from './support/contender.ts';
import { type Column, cpuEach, extra, rate } from './support/measurement.ts';

interface Places {
  readonly store: NonNullable<SettingsInput['store']>;
  readonly endpoint: string;
  readonly bucket: string;
  /** Of a Redis that syncs every write to its disk. */
  readonly redisPort: number | undefined;
}

interface Work {
  readonly callers: number;
  readonly count: number;
}

export const bench = defineBench({
  summary: 'Publishing 1 KB by 1, 8, 64 and very many callers, beside one PUT each and Redis with fsync',
  settings: {
    updates: { what: 'updates of each of 1, 8 and 64 callers, 1 KB each', usual: 100, small: 5 },
    many: { what: 'updates of all of the 5,000 callers together', usual: 100_000, small: 6000 },
  },
  async *groups(context) {
    const { updates, many } = context.settings;
    const places = await open(context);
    for (const callers of [1, 8, 64]) {
      const work = { callers, count: callers * updates };
      yield {
        title: `${callers} ${callers === 1 ? 'caller' : 'callers'}, each awaiting ${updates} updates of 1 KB`,
        columns,
        contenders: [...ours(context, places, work), sdk(places, work), ...redis(places, work)],
      };
    }
    const work = { callers: 5000, count: many };
    yield {
      title: `5,000 callers, ${many} updates of 1 KB`,
      columns,
      contenders: [...ours(context, places, work), ...redis(places, work)],
      notes: [
        'Durable means: answered by Ceph, which keeps its objects in memory here, or synced to its disk by Redis. Requests are all of',
        "the publisher's, with its tips. CPU is the client's; the contents are made before.",
      ],
    };
  },
});

const columns: readonly Column[] = [
  rate('updates'),
  extra('p50 ms', 'p50Ms'),
  extra('p99 ms', 'p99Ms'),
  cpuEach('update'),
  {
    title: 'requests/1,000 updates',
    of: ({ count, extra: { requests = Number.NaN } = {} }) => (requests * 1000) / count,
    digits: 1,
  },
];

async function open(context: BenchContext): Promise<Places> {
  const ceph = await context.ceph();
  const bucket = await ceph.makeBucket();
  const synced = ['--appendonly', 'yes', '--appendfsync', 'always'];
  const redisPort = context.has('redis-server') ? (await context.redis(...synced)).port : undefined;
  return { store: ceph.storeSettings(bucket), endpoint: ceph.endpoint, bucket, redisPort };
}

/** With the usual floor between two flushes of a lane, and without: the first is cheap, the second quick. */
function ours(context: BenchContext, { store }: Places, work: Work): Contender[] {
  const file = new URL('contenders/publish-bucketcast.ts', import.meta.url);
  const contender = (name: string, publish: SettingsInput['publish']) =>
    nodeContender({ name, count: work.count }, file, async () => ({
      ...work,
      store,
      publish,
      state: await context.directory(),
    }));
  return [contender('bucketcast', {}), contender('bucketcast, flushIntervalMs 0', { flushIntervalMs: 0 })];
}

function sdk({ endpoint, bucket }: Places, work: Work): Contender {
  const file = new URL('contenders/publish-sdk.ts', import.meta.url);
  const facts = { name: 'AWS SDK, one PUT each', peer: true, count: work.count };
  return nodeContender(facts, file, { ...work, ...credentials, endpoint, bucket });
}

function redis({ redisPort }: Places, work: Work): Contender[] {
  if (redisPort === undefined) return [];
  const file = new URL('contenders/publish-redis.ts', import.meta.url);
  const facts = { name: 'Redis XADD, appendfsync always', peer: true, count: work.count };
  return [nodeContender(facts, file, { ...work, port: redisPort })];
}
