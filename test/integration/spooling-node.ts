/**
 * A node with a spool that publishes numbers from `from` on, and says each that was answered for:
 * `node spooling-node.ts <settings> <from> <count>`. Then it drains and ends, unless it is killed first.
 */

import { createNode } from '../../src/node.ts';
import { sayLine } from '../support/say-line.ts';

const [settings = '{}', from = '0', count = '0'] = process.argv.slice(2);
const node = createNode(JSON.parse(settings));
const joined = node.start({ waitForStore: true });
// It takes updates as soon as its state is open.
while (!isOpen()) await new Promise((resolve) => setImmediate(resolve));
const calls = Array.from({ length: Number(count) }, async (_, n) => {
  const data = Number(from) + n;
  const { durable } = await node.publish({
    url: `https://example.com/${data % 3}`,
    data,
    content: 'x'.repeat(500),
  });
  sayLine(`${durable} ${data}`);
});
await Promise.all(calls);
sayLine('all answered');
await joined;
await node.flush();
sayLine(`left ${node.snapshot().spool.updates}`);
await node.stop();

function isOpen(): boolean {
  try {
    node.snapshot();
    return true;
  } catch {
    return false;
  }
}
