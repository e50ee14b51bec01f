import { defineBench } from './support/bench.ts';
import type { BenchContext } from './support/bench-context.ts';
import { startCannedStore } from './support/canned-store.ts';
import { type Contender, nodeContender } from './support/contender.ts';
import { type LoadedLog, loadLog } from './support/loaded-log.ts';
import { cpuEach, rate, rss } from './support/measurement.ts';
import { ownReaders } from './support/own-readers.ts';
import { runOnce } from './support/rounds.ts';

export const bench = defineBench({
  summary: 'A backlog of packed updates read into handlers, beside Redis Streams and JetStream',
  settings: {
    updates: { what: 'updates in the backlog, 1 KB each', usual: 500_000, small: 4_000 },
    writers: { what: 'writers that published them, one lane each', usual: 4, small: 4 },
  },
  async *groups(context) {
    const { updates, writers } = context.settings;
    const log = await loadLog(context, updates, writers);
    const canned = context.own(await startCannedStore(log.store, context.signal));
    yield {
      title: `Catch-up: ${updates} updates of 1 KB, packed, from ${writers} writers of one lane each`,
      columns: [rate('updates'), cpuEach('update'), rss],
      contenders: [
        ...ownReaders(context, log, 'Ceph'),
        ...ownReaders(context, { ...log, store: canned.store }, 'canned'),
        ...(await redisStreams(context, log)),
        ...(await jetStream(context, log)),
      ],
      notes: [
        'From subscribe(), or the first request, to the last update; processes are up and connected before. CPU is the',
        "reader's alone. Every handler parses the content and reads a field of it, unless it says unread.",
      ],
    };
  },
});

async function redisStreams(context: BenchContext, { count, reads }: LoadedLog): Promise<Contender[]> {
  if (!context.has('redis-server')) return [];
  const { port } = await context.redis();
  await loadPeer(context, 'Redis', new URL('contenders/load-stream.ts', import.meta.url), { port, count });
  const facts = { peer: true, count };
  const plan = { port, count, reads };
  const redis = new URL('contenders/catch-up-redis.ts', import.meta.url);
  const ioredis = new URL('peers/catch-up-ioredis.mjs', import.meta.url);
  return [
    nodeContender({ name: 'Redis Streams, redis', ...facts }, redis, plan),
    ...(context.has('npm:ioredis')
      ? [nodeContender({ name: 'Redis Streams, ioredis', ...facts }, ioredis, plan)]
      : []),
  ];
}

async function jetStream(context: BenchContext, { count, reads }: LoadedLog): Promise<Contender[]> {
  if (!context.has('nats-server', 'npm:@nats-io/jetstream', 'npm:@nats-io/transport-node')) return [];
  const { port } = await context.nats();
  await loadPeer(context, 'JetStream', new URL('peers/load-jetstream.mjs', import.meta.url), { port, count });
  const file = new URL('peers/catch-up-jetstream.mjs', import.meta.url);
  return [nodeContender({ name: 'NATS JetStream', peer: true, count }, file, { port, count, reads })];
}

async function loadPeer(
  { say, signal }: BenchContext,
  name: string,
  file: URL,
  plan: { readonly port: number; readonly count: number },
): Promise<void> {
  say(`loading ${plan.count} updates into ${name}`);
  await runOnce(nodeContender({ name: `loading ${name}`, count: plan.count }, file, plan), signal);
}
