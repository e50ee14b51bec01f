/** Reads a backlog from its beginning, each content too, and watches its own memory on the way. */
import { readFileSync } from 'node:fs';
import { KiB, MiB } from '../../src/config/units.ts';
import { createNode, type SettingsInput } from '../../src/index.ts';
import { contend } from '../support/contend.ts';
import { median } from '../support/spread.ts';

export interface MemoryPlan {
  readonly store: SettingsInput['store'];
  readonly state: string;
  readonly updates: number;
  /** What the backlog takes in the bucket; only handed on. */
  readonly storedMiB: number;
}

const everyMs = 250;

await contend(async ({ store, state, updates, storedMiB }: MemoryPlan) => {
  const node = createNode({
    server: 'reader',
    state,
    store,
    janitor: { enabled: false },
    log: { level: 'silent' },
  });
  await node.start();
  let count = 0;
  let bytes = 0;
  const all = Promise.withResolvers<void>();
  const rss: number[] = [];
  let held = 0;
  const look = () => {
    rss.push(process.memoryUsage.rss() / MiB);
    held = Math.max(held, node.snapshot().reading?.bytesHeld ?? 0);
  };
  return {
    run: async () => {
      const watching = setInterval(look, everyMs);
      await node.subscribe({ name: 'bench' }, (batch) => {
        for (const { content } of batch) {
          count += 1;
          bytes += content instanceof Uint8Array ? content.length : (content as { body: string }).body.length;
        }
        if (count >= updates) all.resolve();
      });
      await all.promise;
      clearInterval(watching);
      look();
      const secondHalf = median(rss.slice(rss.length >> 1));
      return {
        count,
        extra: { peakMiB: peakMiB(), secondHalf, heldMiB: held / MiB, readMiB: bytes / MiB, storedMiB },
      };
    },
    close: () => node.stop(),
  };
});

/** Of this program: what `getrusage` says may be that of the process which started it. */
function peakMiB(): number {
  const [, kibibytes] = /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return (Number(kibibytes) * KiB) / MiB;
}
