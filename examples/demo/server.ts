/** One server of the demonstration, in a process of its own: publishes every document, reports what arrives. */
import { type BucketcastNode, createNode } from '../../src/index.ts';
import { digestOf, feedDocuments } from './feeds.ts';
import type { Order, Report, ServerPlan } from './messages.ts';

const plan = JSON.parse(process.argv[2] ?? '') as ServerPlan;

const node = createNode({
  server: plan.server,
  state: plan.state,
  store: { url: plan.store },
  // Livelier than the defaults, which are made for a bucket that bills by the request.
  poll: { minMs: 50, maxMs: 500 },
  publish: { tipIntervalMs: 100 },
  pool: { threads: 1 },
});

node.events.on('dead-letter', ({ message }) => report({ type: 'dead-letter', message }));
// The terminal sends Ctrl-C to every process of the group; the demonstration itself then says what to do.
process.on('SIGINT', () => {});
process.on('disconnect', () => void stop());
process.on('message', (order: Order) => void (order === 'publish' ? publish(node) : stop()));

await node.start();
await node.subscribe({ name: 'all', from: 'earliest' }, (updates) => {
  const now = Date.now();
  for (const { id, content, data } of updates) {
    const { sentAt } = data as { sentAt: number };
    report({ type: 'received', id, digest: digestOf(content as Uint8Array), latencyMs: now - sentAt });
  }
});
report({ type: 'ready' });

async function publish(from: BucketcastNode): Promise<void> {
  const documents = feedDocuments(plan.feeds);
  for (let round = 0; round < plan.rounds; round++) {
    for (const { name, bytes } of documents) {
      const data = { round, sentAt: Date.now() };
      const url = `https://${plan.server}.example/feeds/${name}`;
      const { id } = await from.publish({ url, content: bytes, data });
      report({ type: 'sent', id, name, bytes: bytes.length, digest: digestOf(bytes) });
    }
  }
  report({ type: 'published' });
}

async function stop(): Promise<void> {
  await node.stop();
  if (process.connected) process.disconnect();
}

function report(line: Report): void {
  if (process.connected) process.send?.(line);
}
