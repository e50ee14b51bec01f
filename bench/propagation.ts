import { defineBench } from './support/bench.ts';
import { nodeContender } from './support/contender.ts';
import { extra } from './support/measurement.ts';

const publishers = 10;

export const bench = defineBench({
  summary: 'how long an update takes from publish() in one process to the callback in another',
  settings: {
    updates: { what: 'updates, each at a random time', usual: 240, small: 10 },
    everyMs: { what: 'mean time between two updates of one of ten publishers', usual: 2000, small: 300 },
  },
  async *groups(context) {
    const { updates, everyMs } = context.settings;
    const ceph = await context.ceph();
    const file = new URL('contenders/propagation.ts', import.meta.url);
    const contender = (name: string, settings: object) =>
      nodeContender({ name, count: updates }, file, async () => ({
        store: ceph.storeSettings(await ceph.makeBucket()),
        settings: { ...settings, log: { level: 'silent' }, janitor: { enabled: false } },
        state: await context.directory(),
        publishers,
        updates,
        everyMs,
      }));
    yield {
      title: `From publish() to the callback of another process, ${updates} updates of ${publishers} publishers, milliseconds`,
      contenders: [
        contender('poll every second', { poll: { minMs: 1000, maxMs: 1000 } }),
        contender('default settings', {}),
      ],
      columns: [
        extra('p50', 'p50', { digits: 0 }),
        extra('p99', 'p99', { digits: 0 }),
        extra('publishing p50', 'publishing'),
        extra('wait for a poll p50', 'waiting', { digits: 0 }),
        extra('p99', 'waiting99', { digits: 0 }),
        extra('poll, fetch, deliver p50', 'rest'),
      ],
      rounds: 1,
      notes: [
        'Publishing: until the update and the tip that names it are durable. A wait is up to the interval, less a random fifth of it.',
        'By default polls are 0.5 s apart while each finds something, and up to 10 s in an idle fleet.',
      ],
    };
  },
});
