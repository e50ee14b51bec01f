/** Fills a bucket with updates, in the log layout: several writers of one lane each, as a fleet has them. */
import { join } from 'node:path';
import { createPublisher, type SettingsInput } from '../../src/index.ts';
import { contend } from '../support/contend.ts';
import { feedEntry, feedUrl } from '../support/feed-entry.ts';

interface Plan {
  readonly store: SettingsInput['store'];
  /** An empty directory for the writers' states. */
  readonly directory: string;
  readonly count: number;
  readonly writers: number;
  readonly urls?: number;
}

/** Enough for segments to fill up, few enough to keep memory small. */
const underWay = 4000;

await contend(async ({ store, directory, count, writers, urls }: Plan) => {
  const publishers = await Promise.all(
    Array.from({ length: writers }, (_, index) =>
      createPublisher({
        server: `writer-${index}`,
        state: join(directory, `writer-${index}`),
        store,
        log: { level: 'silent' },
      }),
    ),
  );
  let reads = 0;
  const publish = async (writer: number): Promise<void> => {
    const waiting: Promise<unknown>[] = [];
    for (let index = writer; index < count; index += writers) {
      const content = feedEntry(index);
      reads += content.reads;
      waiting.push(publishers[writer]!.publish({ url: feedUrl(index, urls), content: { ...content } }));
      if (waiting.length >= underWay) await Promise.all(waiting.splice(0, underWay / 2));
    }
    await Promise.all(waiting);
    await publishers[writer]!.flush();
  };
  return {
    run: async () => {
      await Promise.all(publishers.map((_, writer) => publish(writer)));
      return { count, extra: { reads } };
    },
    close: async () => {
      await Promise.all(publishers.map((publisher) => publisher.stop()));
    },
  };
});
