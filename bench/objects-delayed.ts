import { defineBench } from './support/bench.ts';
import { startDelayingProxy } from './support/delaying-proxy.ts';
import { rate, rss, seconds } from './support/measurement.ts';
import { objectsContenders, wholeCpu } from './support/objects-contenders.ts';
import { makeObjectsBucket } from './support/objects-data.ts';

export const bench = defineBench({
  summary: 'the same as objects, from a store that is 20 ms further away',
  settings: {
    objects: { what: 'objects of 1 KB', usual: 5000, small: 200 },
    oneByOne: { what: 'how many the client that goes one by one reads', usual: 500, small: 20 },
    delayMs: { what: 'added to each round trip, milliseconds', usual: 20, small: 20 },
  },
  async *groups(context) {
    const { objects, oneByOne, delayMs } = context.settings;
    const ceph = await context.ceph();
    const { bucket } = await makeObjectsBucket(ceph, context, { objects, bytes: 1024 });
    const { endpoint } = context.own(await startDelayingProxy(ceph.endpoint, delayMs));
    const store = ceph.storeSettings(bucket, { endpoint });
    const contenders = await objectsContenders(context, { endpoint, bucket, store, objects, oneByOne });
    const slowest = contenders.find(({ name }) => name.startsWith('libcloud'));
    yield {
      title: `${objects} objects of 1 KB from Ceph, ${delayMs} ms further away`,
      contenders,
      columns: [rate('objects'), seconds, wholeCpu, rss],
      ...(slowest && { base: slowest.name }),
      notes: [
        `The delay is that of a proxy in the process of the bench, whose CPU is nobody's here. Whoever reads a part of the objects is compared by rate.`,
      ],
    };
  },
});
