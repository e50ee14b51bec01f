import { openStore } from '../src/store/open-store.ts';
import { credentials } from '../test/support/ceph.ts';
import { defineBench } from './support/bench.ts';
import type { BenchContext } from './support/bench-context.ts';
import { type Contender, nodeContender, processContender } from './support/contender.ts';
import { withExtrapolation } from './support/extrapolation.ts';
import { loadLog } from './support/loaded-log.ts';
import type { Column, Measurement } from './support/measurement.ts';
import { python } from './support/missing-peers.ts';
import { NestedObjects } from './support/nested-objects.ts';

const writers = 4;
/** Keys that a LIST answers at most. */
const page = 1000;

export const bench = defineBench({
  summary: 'what an idle poll costs over a long history, beside listing everything',
  settings: {
    updates: { what: 'the longest history, in retained updates', usual: 1_000_000, small: 2000 },
    objects: { what: 'the longest one that is listed, in objects', usual: 100_000, small: 500 },
    polls: { what: 'polls a run', usual: 200, small: 10 },
  },
  async *groups(context) {
    const { updates, objects } = context.settings;
    const listing = await listingContenders(context, sizes(objects), updates / objects);
    const polling: Contender[] = [];
    for (const size of sizes(updates)) polling.push(await pollingContender(context, size));
    yield {
      title: 'One poll that finds nothing new',
      contenders: [...polling, ...listing],
      columns,
      base: polling[0]?.name ?? '',
      notes: [
        `The log has ${writers} writers. Who lists everything asks once for each ${page} objects, one update in each.`,
      ],
    };
  },
});

/** From 1,000 to the longest, by powers of ten. */
function sizes(longest: number): number[] {
  const steps = Math.max(0, Math.floor(Math.log10(longest / 1000)));
  return Array.from({ length: steps + 1 }, (_, step) => Math.round(longest / 10 ** (steps - step)));
}

async function pollingContender(context: BenchContext<'polls'>, size: number): Promise<Contender> {
  const { store } = await loadLog(context, size, writers);
  const { polls } = context.settings;
  return nodeContender(
    { name: `bucketcast, ${size.toLocaleString('en')} updates`, count: polls },
    new URL('contenders/poll-cost.ts', import.meta.url),
    async () => ({ store, state: await context.directory(), polls }),
  );
}

async function listingContenders(
  context: BenchContext,
  histories: readonly number[],
  further: number,
): Promise<Contender[]> {
  const ceph = await context.ceph();
  const bucket = await ceph.makeBucket();
  const store = ceph.storeSettings(bucket);
  const nested = new NestedObjects(histories);
  context.say(`writing ${histories.at(-1)} objects`);
  const writing = await openStore(store);
  try {
    await nested.write(writing);
  } finally {
    await writing.close();
  }
  const rows = (name: string, contender: (name: string, size: number) => Contender) =>
    histories.flatMap((size) => {
      const named = (count: number) => `${name}, ${count.toLocaleString('en')} objects`;
      const measured = contender(named(size), size);
      const isLongest = size === histories.at(-1) && further > 1;
      return isLongest ? withExtrapolation(measured, named(size * further), further) : [measured];
    });
  const lean = new URL('contenders/list-everything.ts', import.meta.url);
  const libcloud = new URL('contenders/list-libcloud.py', import.meta.url).pathname;
  return [
    ...rows('lean LIST', (name, size) =>
      nodeContender({ name, count: size }, lean, { store, prefix: nested.prefix(size) }),
    ),
    ...(context.has('python:libcloud')
      ? rows('libcloud', (name, size) => {
          const plan = { endpoint: ceph.endpoint, bucket, ...credentials, prefix: nested.prefix(size) };
          return processContender({ name, peer: true, count: size }, [python, libcloud], plan);
        })
      : []),
  ];
}

/** Ours polls several times in a run; who lists everything does it once, and its count is that of keys. */
const polls = ({ extra }: Measurement) => extra?.['polls'] ?? 1;

const columns: readonly Column[] = [
  {
    title: 'requests',
    of: (one) => (one.extra?.['requests'] ?? Math.ceil(one.count / page)) / polls(one),
    digits: 1,
  },
  { title: 'ms', of: (one) => (one.seconds * 1000) / polls(one), digits: 1, ratio: true },
  {
    title: 'CPU ms',
    of: (one) => ((one.cpuSeconds ?? Number.NaN) * 1000) / polls(one),
    digits: 1,
    ratio: true,
  },
];
