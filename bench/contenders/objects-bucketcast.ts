/** A running node gets a subscription of the objects layout that knows nothing yet; its callback reads every value. */
import { createNode } from '../../src/index.ts';
import { contend } from '../support/contend.ts';
import { type ObjectsPlan, wholeCpuSeconds } from './objects-plan.ts';

await contend(async ({ store, objects, state }: ObjectsPlan & { readonly state: string }) => {
  const node = createNode({
    server: 'bench',
    state,
    store,
    janitor: { enabled: false },
    log: { level: 'silent' },
  });
  await node.start();
  let read = 0;
  const all = Promise.withResolvers<void>();
  return {
    run: async () => {
      await node.subscribe({ name: 'bench', layout: 'objects' }, (updates) => {
        for (const { content } of updates) if (content !== null) read += 1;
        if (read >= objects) all.resolve();
      });
      await all.promise;
      return { count: read, extra: { wholeCpuSeconds: wholeCpuSeconds() } };
    },
    close: () => node.stop(),
  };
});
