/** Fills a stream of JetStream with the updates that `contenders/load-log.ts` publishes, one message each. */
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { contend } from '../support/contend.ts';
import { feedEntry } from '../support/feed-entry.ts';

const together = 1000;

await contend(async ({ port, count }) => {
  const connection = await connect({ port });
  const manager = await jetstreamManager(connection);
  await manager.streams.add({ name: 'updates', subjects: ['updates'] });
  const client = jetstream(connection);
  return {
    run: async () => {
      for (let from = 0; from < count; from += together) {
        const size = Math.min(together, count - from);
        const messages = Array.from({ length: size }, (_, at) => JSON.stringify(feedEntry(from + at)));
        await Promise.all(messages.map((message) => client.publish('updates', message)));
      }
      return { count: (await manager.streams.info('updates')).state.messages };
    },
    close: () => connection.close(),
  };
});
