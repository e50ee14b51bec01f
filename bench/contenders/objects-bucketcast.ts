/**
 * A subscription of the objects layout that knows nothing yet; its callback reads every value. The node has been running, with
 * its threads, as the clients of the peers are made before they are measured; or its start is measured as well.
 */
import { type BucketcastNode, createNode } from '../../src/index.ts';
import { contend } from '../support/contend.ts';
import { type ObjectsPlan, wholeCpuSeconds } from './objects-plan.ts';

interface Plan extends ObjectsPlan {
  /** Fresh. */
  readonly state: string;
  readonly isRunning: boolean;
}

await contend(async ({ store, objects, state, isRunning }: Plan) => {
  const node = createNode({
    server: 'bench',
    state,
    store,
    janitor: { enabled: false },
    log: { level: 'silent' },
  });
  if (isRunning) await begin(node);
  return {
    run: async () => {
      if (!isRunning) await node.start();
      let read = 0;
      const all = Promise.withResolvers<void>();
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

/** Threads start when something is to be fetched. */
async function begin(node: BucketcastNode): Promise<void> {
  await node.start();
  await node.publish({ url: 'first', content: null }, { visible: true });
  const first = Promise.withResolvers<void>();
  const subscription = await node.subscribe({ name: 'first', includeOwn: true }, () => first.resolve());
  await first.promise;
  await subscription.stop();
}
