/** The other process of `propagation-plain.ts`: says that it is there until it is heard, then sends at random times. */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { feedEntry } from '../support/feed-entry.ts';
import { openPlainSender } from './plain-transport.ts';
import type { PlainPlan } from './propagation-plain.ts';
import { machineMs, type PropagatedData } from './propagation-plan.ts';

const plan = JSON.parse(process.argv.at(-1) as string) as PlainPlan;
const { updates, everyMs } = plan;
const sender = await openPlainSender(plan);

const heard = once(process, 'message');
const saying = setInterval(() => void sender.send(message(0, null)), 50);
await heard;
clearInterval(saying);
const sent: number[] = [];
for (let index = 0; index < updates; index++) {
  await sleep(everyMs * (0.5 + Math.random()));
  const content = feedEntry(index);
  sent.push(machineMs());
  await sender.send(message(index, { index }, content));
}
process.send?.(sent);
await sender.close();
process.disconnect();

function message(index: number, data: PropagatedData, content = feedEntry(index)): Uint8Array {
  return Buffer.from(JSON.stringify({ url: `https://example.org/${index}`, content, data }));
}
