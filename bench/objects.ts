import { defineBench } from './support/bench.ts';
import { rate, rss, seconds } from './support/measurement.ts';
import { objectsContenders, rawClient, rclone, wholeCpu } from './support/objects-contenders.ts';
import { makeObjectsBucket } from './support/objects-data.ts';

export const bench = defineBench({
  summary: 'objects layout, cold: every small object of a bucket, listed, fetched and read',
  settings: {
    objects: { what: 'objects of 1 KB', usual: 5000, small: 300 },
  },
  async *groups(context) {
    const { objects } = context.settings;
    const ceph = await context.ceph();
    const { bucket, store } = await makeObjectsBucket(ceph, context, { objects, bytes: 1024 });
    const place = { endpoint: ceph.endpoint, bucket, store, objects, oneByOne: objects };
    yield {
      title: `${objects} objects of 1 KB from Ceph`,
      contenders: await objectsContenders(context, place),
      columns: [{ ...rate('objects'), ratio: rawClient }, seconds, wholeCpu, rss],
      ...(context.has('rclone') && { base: rclone }),
      notes: [
        'CPU is that of whole processes, their start-up included; time is that of start-up only for rclone and aws.',
      ],
    };
  },
});
