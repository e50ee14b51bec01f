import { defineBench } from './support/bench.ts';
import { BesideTransport } from './support/beside-transport.ts';
import { nodeContender } from './support/contender.ts';
import { hintContenders, onePut, plainContenders, putContender } from './support/hint-contenders.ts';
import { extra } from './support/measurement.ts';

const publishers = 10;

export const bench = defineBench({
  summary: 'how long an update takes from publish() in one process to the callback in another',
  settings: {
    updates: { what: 'updates, each at a random time', usual: 240, small: 10 },
    everyMs: { what: 'mean time between two updates of one of ten publishers', usual: 2000, small: 300 },
    hinted: { what: 'updates of one publisher, with hints', usual: 60, small: 5 },
    hintedEveryMs: { what: 'mean time between two of those', usual: 200, small: 100 },
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
    const plan = { updates: context.settings.hinted, everyMs: context.settings.hintedEveryMs };
    const beside = new BesideTransport();
    const contenders = [
      ...(await hintContenders(context, plan)),
      ...(await plainContenders(context, plan)),
      // In the smallest size there is nothing that it stands beside.
      ...(context.small ? [] : [await putContender(context, plan)]),
    ];
    yield {
      title: `From publish() to the callback of another process, ${plan.updates} updates of 1 KB of one publisher, milliseconds`,
      contenders: contenders.map((one) => beside.note(one)),
      columns: [
        extra('p50', 'p50'),
        extra('p99', 'p99'),
        extra('publishing p50', 'publishing'),
        beside.column('p50 to plain + one PUT', onePut),
      ],
      rounds: 3,
      notes: [
        'Publishing: until the update and the tip that names it are durable. Unsigned hints follow the tip and cause a poll; those with the segment inline follow its PUT.',
        'To reach: encrypted and inline within 1.5 times the plain transport plus one PUT.',
      ],
    };
  },
});
