import { join } from 'node:path';
import { defaultSettings } from '../src/config/settings.ts';
import { GiB, MiB } from '../src/config/units.ts';
import { Backlog } from './support/backlog.ts';
import { defineBench } from './support/bench.ts';
import { nodeContender } from './support/contender.ts';
import { extra, seconds } from './support/measurement.ts';

/** Of the longest backlog: 1, 4 and 10 GiB. */
const parts = [0.1, 0.4, 1];

export const bench = defineBench({
  summary: 'memory of a node that reads a backlog of 1, 4 and 10 GiB',
  settings: {
    mib: { what: 'the longest backlog, in MiB of contents, on disk beside Ceph', usual: 10_240, small: 128 },
  },
  async *groups(context) {
    const { mib } = context.settings;
    const ceph = await context.ceph('bluestore', 2 * mib * MiB + 4 * GiB);
    const directory = await context.directory();
    const backlog = new Backlog(context, { store: ceph.storeSettings(await ceph.makeBucket()), directory });
    const sizes = context.small ? [mib] : parts.map((part) => Math.round(part * mib));
    const file = new URL('contenders/memory.ts', import.meta.url);
    yield {
      title: 'Memory of a node that reads its backlog, MiB',
      contenders: sizes.map((size) => {
        const updates = Backlog.updates(size);
        return nodeContender(
          { name: `${(size / 1024).toLocaleString('en')} GiB`, count: updates },
          file,
          async () => ({
            ...(await backlog.growTo(size)),
            store: backlog.store,
            state: join(directory, `reader-${size}`),
            updates,
          }),
        );
      }),
      columns: [
        extra('RSS in its second half', 'secondHalf', { digits: 0, ratio: true }),
        extra('highest RSS', 'peakMiB', { digits: 0, ratio: true }),
        extra('in hand at most', 'heldMiB', { digits: 0 }),
        extra('contents', 'readMiB', { digits: 0 }),
        extra('stored', 'storedMiB', { digits: 0 }),
        seconds,
      ],
      rounds: 1,
      notes: [
        `Data in flight may take ${defaultSettings.limits.bytesInFlight / MiB} MiB (limits.bytesInFlight). RSS is looked at each 250 ms.`,
      ],
    };
  },
});
