/** A node with an index of URLs, which says each place that its first lane has come to: `node indexing-node.ts <settings>`. */
import { systemClock } from '../../src/base/clock.ts';
import { systemRandom } from '../../src/base/random.ts';
import { createNode } from '../../src/node.ts';
import { openState } from '../../src/state/open-state.ts';
import { sayLine } from '../support/say-line.ts';

const settings = JSON.parse(process.argv[2] ?? '{}') as { server: string; state: string };
const { server, state: directory } = settings;
const state = openState({ directory, server, clock: systemClock, random: systemRandom, role: 'node' });
const node = createNode(settings, { state });
await node.start();
let said = 0;
for (;;) {
  const { sequence } = state.positions('~index')[0] ?? { sequence: 0 };
  if (sequence !== said) sayLine(`at ${sequence}`);
  said = sequence;
  await new Promise((resolve) => setTimeout(resolve, 1));
}
