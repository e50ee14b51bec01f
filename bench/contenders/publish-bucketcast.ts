/** A publisher, and callers that await its `publish()`. */
import { createMetrics } from '../../metrics/registry.ts';
import { createPublisher, type SettingsInput } from '../../src/index.ts';
import { contend } from '../support/contend.ts';
import { feedEntries, feedUrl } from '../support/feed-entry.ts';
import { type PublishPlan, publishAll } from './publish-plan.ts';

interface Plan extends PublishPlan {
  readonly store: SettingsInput['store'];
  readonly state: string;
  readonly publish: SettingsInput['publish'];
}

await contend(async ({ store, state, publish, ...plan }: Plan) => {
  const metrics = createMetrics();
  const settings = { server: 'bench', state, store, publish, log: { level: 'silent' } } as const;
  const publisher = await createPublisher(settings, { metrics });
  const entries = feedEntries(plan.count);
  const update = (index: number) => ({ url: feedUrl(index), content: { ...entries(index) } });
  // The first of a writer waits for a tip.
  await publisher.publish(update(0));
  await publisher.flush();
  const before = metrics.store.totals().count;
  return {
    run: async () => {
      const { count, extra } = await publishAll(plan, (index) => publisher.publish(update(index)));
      return { count, extra: { ...extra, requests: metrics.store.totals().count - before } };
    },
    close: () => publisher.stop(),
  };
});
