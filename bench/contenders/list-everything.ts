/** A poll of those who list everything: all keys below a prefix, by the leanest requests that we have. */
import { listAll } from '../../src/store/list-all.ts';
import { openStore } from '../../src/store/open-store.ts';
import { contend } from '../support/contend.ts';
import type { ListPlan } from './list-plan.ts';

await contend(async ({ store: settings, prefix }: ListPlan) => {
  const store = await openStore(settings);
  return {
    run: async () => {
      let count = 0;
      for await (const _ of listAll(store, prefix)) count += 1;
      return { count };
    },
    close: () => store.close(),
  };
});
