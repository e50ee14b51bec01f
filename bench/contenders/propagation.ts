/** How long an update takes from `publish()` in another process to a callback in this one. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createNode } from '../../src/index.ts';
import { contend } from '../support/contend.ts';
import { quantile } from '../support/spread.ts';
import { machineMs, type PropagatedData, type PropagationPlan, type SentUpdate } from './propagation-plan.ts';

interface Arrival {
  readonly pollMs: number;
  readonly deliveredMs: number;
}

await contend(async (plan: PropagationPlan) => {
  const { store, settings, state, updates, publishers } = plan;
  const publisher = fork(new URL('propagation-publisher.ts', import.meta.url), [JSON.stringify(plan)]);
  await once(publisher, 'message');
  const node = createNode({
    ...settings,
    ...plan.reader,
    store,
    server: 'reader',
    state: join(state, 'reader'),
  });
  await node.start({ http: plan.reader?.http?.enabled === true });
  const arrivals: Arrival[] = Array.from({ length: updates });
  const known = Promise.withResolvers<void>();
  const all = Promise.withResolvers<void>();
  let open = publishers + updates;
  let pollMs = 0;
  node.events.on('poll', ({ advanced, durationMs }) => {
    if (advanced > 0) pollMs = machineMs() - durationMs;
  });
  await node.subscribe({ name: 'bench' }, (batch) => {
    const deliveredMs = machineMs();
    for (const { data } of batch) {
      const propagated = data as PropagatedData;
      if (propagated !== null) arrivals[propagated.index] = { pollMs, deliveredMs };
      open -= 1;
    }
    if (open <= updates) known.resolve();
    if (open === 0) all.resolve();
  });
  await known.promise;
  return {
    run: async () => {
      publisher.send('go');
      const [sent] = (await once(publisher, 'message')) as [SentUpdate[]];
      await all.promise;
      return { count: updates, extra: figures(sent, arrivals) };
    },
    close: () => node.stop(),
  };
});

function figures(sent: readonly SentUpdate[], arrivals: readonly Arrival[]): Record<string, number> {
  const joined = sent.map((times, index) => ({ ...times, ...(arrivals[index] as Arrival) }));
  const total = joined.map(({ sentMs, deliveredMs }) => deliveredMs - sentMs);
  // A poll that began before the update was visible to its publisher, and found it, did not keep it waiting.
  const found = joined.map((one) => ({ ...one, foundMs: Math.max(one.pollMs, one.visibleMs) }));
  return {
    p50: quantile(total, 0.5),
    p99: quantile(total, 0.99),
    publishing: quantile(
      joined.map(({ sentMs, visibleMs }) => visibleMs - sentMs),
      0.5,
    ),
    waiting: quantile(
      found.map(({ visibleMs, foundMs }) => foundMs - visibleMs),
      0.5,
    ),
    waiting99: quantile(
      found.map(({ visibleMs, foundMs }) => foundMs - visibleMs),
      0.99,
    ),
    rest: quantile(
      found.map(({ deliveredMs, foundMs }) => Math.max(0, deliveredMs - foundMs)),
      0.5,
    ),
  };
}
