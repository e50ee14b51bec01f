/** The other process of `propagation.ts`: publishes at random times when told to, then says when that was. */
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createPublisher, type StandalonePublisher } from '../../src/index.ts';
import { feedEntry } from '../support/feed-entry.ts';
import { machineMs, type PropagationPlan, type SentUpdate } from './propagation-plan.ts';

const plan = JSON.parse(process.argv.at(-1) as string) as PropagationPlan;
const { store, settings, state, publishers: count, updates, everyMs } = plan;
const sent: SentUpdate[] = Array.from({ length: updates });

const publishers = await Promise.all(Array.from({ length: count }, (_, index) => open(index)));
process.send?.('ready');
await once(process, 'message');
await Promise.all(publishers.map(publishAll));
process.send?.(sent);
await Promise.all(publishers.map((publisher) => publisher.stop()));
process.disconnect();

async function open(index: number): Promise<StandalonePublisher> {
  const server = `publisher-${index}`;
  const publisher = await createPublisher({
    ...settings,
    ...plan.publisher,
    store,
    server,
    state: join(state, server),
  });
  await publisher.publish({ url: 'first', content: { ...feedEntry(0) }, data: null }, { visible: true });
  return publisher;
}

/** Every so manieth update, each some time after the one before was there: what one server publishes now and then. */
async function publishAll(publisher: StandalonePublisher, first: number): Promise<void> {
  for (let index = first; index < updates; index += count) {
    await sleep(everyMs * (0.5 + Math.random()));
    const update = { url: `https://example.org/${index}`, content: { ...feedEntry(index) }, data: { index } };
    const sentMs = machineMs();
    await publisher.publish(update, { visible: true });
    sent[index] = { sentMs, visibleMs: machineMs() };
  }
}
