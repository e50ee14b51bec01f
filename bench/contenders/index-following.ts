/** Reads a log from its beginning, with nothing behind it or with the index of URLs. */
import { createNode, type SettingsInput } from '../../src/index.ts';
import { contend } from '../support/contend.ts';
import { sizeOf } from '../support/directory-size.ts';

interface Plan {
  readonly store: SettingsInput['store'];
  readonly state: string;
  readonly index: boolean;
}

await contend(async ({ store, state, index }: Plan) => {
  const node = createNode({
    server: 'reader',
    state,
    store,
    index: { enabled: index },
    janitor: { enabled: false },
    log: { level: 'silent' },
  });
  return {
    run: async () => {
      await node.start();
      let count = 0;
      const taken = (updates: readonly unknown[]) => {
        count += updates.length;
      };
      if (!index) await node.subscribe({ name: 'bench' }, taken);
      await node.idle();
      if (index) count = node.state.standing().urls;
      return { count, extra: { diskMiB: await sizeOf(state) } };
    },
    close: () => node.stop(),
  };
});
