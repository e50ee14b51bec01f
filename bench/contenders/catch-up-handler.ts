/** The handler that `catch-up.ts` runs in threads: reads every update, and says how far it is to the main thread. */
import { BroadcastChannel } from 'node:worker_threads';
import type { Handler } from '../../src/index.ts';
import { readsChannel, sumOfReads } from '../support/reading.ts';

const channel = new BroadcastChannel(readsChannel);
channel.unref();

const handler: Handler = (updates) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- only windows have one
  channel.postMessage({ count: updates.length, sum: sumOfReads(updates) });
};

export default handler;
