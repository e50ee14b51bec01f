/** What signed requests alone cost: our store's client in one thread, without node, pool, limits, metrics or state. */
import PQueue from 'p-queue';
import { defaultSettings } from '../../src/config/settings.ts';
import { listPages } from '../../src/store/list-all.ts';
import { openStore } from '../../src/store/open-store.ts';
import { contend } from '../support/contend.ts';
import { type ObjectsPlan, wholeCpuSeconds } from './objects-plan.ts';

await contend(async ({ store: settings }: ObjectsPlan) => {
  const store = await openStore(settings);
  const queue = new PQueue({ concurrency: defaultSettings.limits.requestsInFlight });
  let read = 0;
  const fetch = async (key: string) => {
    const answer = await store.get(key);
    if (answer.status !== 'found') throw new Error(`${key} is ${answer.status}`);
    const { url } = JSON.parse(Buffer.from(answer.body).toString()) as { readonly url: string };
    if (url !== '') read += 1;
  };
  return {
    run: async () => {
      const fetches: Promise<void>[] = [];
      for await (const page of listPages(store, defaultSettings.objects.prefix)) {
        for (const { key } of page.objects) fetches.push(queue.add(() => fetch(key)));
      }
      await Promise.all(fetches);
      return { count: read, extra: { wholeCpuSeconds: wholeCpuSeconds() } };
    },
    close: () => store.close(),
  };
});
