import { openStore } from '../src/store/open-store.ts';
import { type S3ClientPlan, smallObject } from './contenders/s3-client-plan.ts';
import { defineBench } from './support/bench.ts';
import type { BenchContext } from './support/bench-context.ts';
import { type Contender, nodeContender } from './support/contender.ts';
import { cpuEach, rate } from './support/measurement.ts';

const listed = 1000;
/** One page of a listing costs as much as so many small requests. */
const requestsAPage = 20;

export const bench = defineBench({
  summary: 'S3 requests: client CPU of a GET and a PUT of 1 KB, and of a page of a listing',
  settings: {
    requests: { what: 'GETs and PUTs; a twentieth of it pages', usual: 6000, small: 200 },
  },
  async *groups(context) {
    const { requests } = context.settings;
    const ceph = await context.ceph();
    const store = ceph.storeSettings(await ceph.makeBucket());
    await fill(store, context);
    const pages = Math.ceil(requests / requestsAPage);
    for (const [operation, title, count] of [
      ['get', 'GET of 1 KB', requests],
      ['put', 'PUT of 1 KB', requests],
      ['list', `a page of ${listed} keys`, pages],
    ] as const) {
      yield {
        title: `${title}, 32 in flight, from Ceph`,
        contenders: contenders({ store, operation, count }),
        columns: [cpuEach('request'), rate('requests')],
        base: 'raw undici, same signing',
        ...(operation === 'list' && {
          notes: [
            'Raw undici reads the entries with one regular expression; "unread" leaves the bytes as they are.',
          ],
        }),
      };
    }
  },
});

function contenders(plan: Omit<S3ClientPlan, 'client'>): Contender[] {
  const file = new URL('contenders/s3-client.ts', import.meta.url);
  const one = (name: string, client: S3ClientPlan['client']) =>
    nodeContender({ name, count: plan.count }, file, { ...plan, client } satisfies S3ClientPlan);
  return [
    one('lean', 'lean'),
    one('AWS SDK', 'sdk'),
    one('raw undici, same signing', 'raw'),
    ...(plan.operation === 'list' ? [one('raw undici, unread', 'unread')] : []),
  ];
}

async function fill(settings: S3ClientPlan['store'], { say, signal }: BenchContext): Promise<void> {
  say(`storing ${listed} objects`);
  const store = await openStore(settings);
  const keys = Array.from(
    { length: listed },
    (_, index) => `feed-updates/server-a/${index.toString(16).padStart(32, '0')}.json`,
  );
  try {
    const storing = async () => {
      for (let key = keys.pop(); key !== undefined; key = keys.pop())
        await store.put(key, smallObject, { signal });
    };
    await Promise.all(Array.from({ length: 16 }, storing));
  } finally {
    await store.close();
  }
}
