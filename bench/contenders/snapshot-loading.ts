/** A new node fills its index from the newest snapshot: from its start until it knows every URL and follows the log. */
import { createNode, type SettingsInput } from '../../src/index.ts';
import { contend } from '../support/contend.ts';
import { sizeOf } from '../support/directory-size.ts';

interface Plan {
  readonly store: SettingsInput['store'];
  readonly state: string;
}

await contend(({ store, state }: Plan) => {
  const node = createNode({
    server: 'reader',
    state,
    store,
    index: { enabled: true },
    janitor: { enabled: false },
    log: { level: 'silent' },
  });
  return Promise.resolve({
    run: async () => {
      await node.start();
      await node.idle();
      return { count: node.state.standing().urls, extra: { diskMiB: await sizeOf(state) } };
    },
    close: () => node.stop(),
  });
});
