/** How long a message of 1 KB takes through a broker or a socket alone, from another process to a callback in this one. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { contend } from '../support/contend.ts';
import { quantile } from '../support/spread.ts';
import { listenPlain, type PlainPlace } from './plain-transport.ts';
import { machineMs, type PropagatedData } from './propagation-plan.ts';

export interface PlainPlan extends PlainPlace {
  readonly updates: number;
  /** Mean time between two messages. */
  readonly everyMs: number;
}

await contend(async (plan: PlainPlan) => {
  const { updates } = plan;
  const arrivals: number[] = Array.from({ length: updates });
  const known = Promise.withResolvers<void>();
  const all = Promise.withResolvers<void>();
  let open = updates;
  const close = await listenPlain(plan, (message) => {
    const deliveredMs = machineMs();
    const { data } = JSON.parse(Buffer.from(message).toString()) as { data: PropagatedData };
    if (data === null) return known.resolve();
    arrivals[data.index] = deliveredMs;
    open -= 1;
    if (open === 0) all.resolve();
  });
  const sender = fork(new URL('propagation-plain-sender.ts', import.meta.url), [JSON.stringify(plan)]);
  await known.promise;
  return {
    run: async () => {
      sender.send('go');
      const [sent] = (await once(sender, 'message')) as [number[]];
      await all.promise;
      const took = sent.map((sentMs, index) => (arrivals[index] as number) - sentMs);
      return { count: updates, extra: { p50: quantile(took, 0.5), p99: quantile(took, 0.99) } };
    },
    close,
  };
});
