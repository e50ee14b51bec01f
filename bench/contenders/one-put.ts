/** How long one PUT of 1 KB takes with our client, one at a time: what an update that is to be durable cannot do without. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Settings } from '../../src/config/settings.ts';
import { openStore } from '../../src/store/open-store.ts';
import { contend } from '../support/contend.ts';
import { feedEntry } from '../support/feed-entry.ts';
import { quantile } from '../support/spread.ts';
import { machineMs } from './propagation-plan.ts';

interface PutPlan {
  readonly store: Settings['store'];
  readonly updates: number;
  readonly everyMs: number;
}

await contend(async ({ store: settings, updates, everyMs }: PutPlan) => {
  const store = await openStore(settings);
  const put = async (name: string) => {
    const body = Buffer.from(JSON.stringify(feedEntry(0)));
    const from = machineMs();
    await store.put(`one/${name}`, body);
    return machineMs() - from;
  };
  for (let index = 0; index < 5; index++) await put(`first-${index}`);
  return {
    run: async () => {
      const took: number[] = [];
      for (let index = 0; index < updates; index++) {
        await sleep(everyMs * (0.5 + Math.random()));
        took.push(await put(`${index}`));
      }
      const extra = { p50: quantile(took, 0.5), p99: quantile(took, 0.99) };
      return { count: updates, extra };
    },
    close: () => store.close(),
  };
});
