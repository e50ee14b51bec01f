/** Idle polls of a node that has nothing left to read, one right after the other. */
import type { SettingsInput } from '../../src/index.ts';
import { createNode } from '../../src/index.ts';
import { contend } from '../support/contend.ts';

export interface PollCostPlan {
  readonly store: SettingsInput['store'];
  readonly state: string;
  readonly polls: number;
}

await contend(async ({ store, state, polls }: PollCostPlan) => {
  const node = createNode({
    server: 'reader',
    state,
    store,
    // None but those that are counted.
    poll: { minMs: 3_600_000, maxMs: 3_600_000 },
    janitor: { enabled: false },
    log: { level: 'silent' },
  });
  await node.start();
  await node.subscribe({ name: 'bench', from: 'latest' }, () => {});
  await node.idle();
  return {
    run: async () => {
      const before = node.snapshot().requests.count;
      for (let poll = 0; poll < polls; poll++) await node.pollNow();
      return { count: polls, extra: { polls, requests: node.snapshot().requests.count - before } };
    },
    close: () => node.stop(),
  };
});
