/** A JetStream stream read from its beginning by an ordered consumer, which acknowledges nothing: its fastest way. */
import { jetstream } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { contend } from '../support/contend.ts';
import { Reading } from '../support/reading.ts';

await contend(async ({ port, count, reads }) => {
  const connection = await connect({ port });
  const consumer = await jetstream(connection).consumers.get('updates');
  const reading = new Reading(count, reads);
  return {
    run: async () => {
      const messages = await consumer.consume({
        max_messages: 10_000,
        callback: ({ data }) => {
          const text = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString();
          reading.add(1, JSON.parse(text).reads);
        },
      });
      const done = await reading.done;
      messages.stop();
      return { count: done };
    },
    close: () => connection.close(),
  };
});
