import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock } from '../../src/base/clock.ts';
import type { ObjectsPage } from '../../src/log/object-reader.ts';
import { versionDigests } from '../../src/log/version-digest.ts';
import { prefix } from './objects-bucket.ts';
import { ObjectsRig } from './objects-rig.ts';

const ranges = ['a', 'b', 'c', 'd'];

function pageOf(server: string): ObjectsPage {
  const key = `${prefix}${server}/1.json`;
  return {
    keys: [key],
    digests: versionDigests([{ key, etag: 'e', lastModified: 1 }]),
    sizes: new Float64Array([1]),
    lastModified: new Float64Array([1]),
    more: false,
    last: key,
    time: 1,
  };
}

test('between pages that come at once and take long, everything else has its turn', async () => {
  const rig = new ObjectsRig();
  const order: string[] = [];
  let spent = 0;
  const lister = {
    list: async (onPage: (page: ObjectsPage) => void | Promise<void>) => {
      await Promise.all(ranges.map(async (server) => onPage(pageOf(server))));
      return { time: 1, pages: ranges.length, keys: ranges.length };
    },
  };
  const addPending = rig.state.objects.addPending.bind(rig.state.objects);
  rig.state.objects.addPending = (reader, objects) => {
    addPending(reader, objects);
    spent += 60;
    order.push('page');
  };
  const clock: Clock = {
    now: () => rig.clock.now(),
    monotonic: () => rig.clock.monotonic() + spent,
    after: (ms, action) => rig.clock.after(ms, action),
    sleep: async (ms, signal) => {
      await rig.clock.sleep(ms, signal);
      if (ms === 0 && order.at(-1) === 'page') order.push('turn');
    },
  };
  const coordinator = rig.coordinator({ parts: { lister, clock } });
  coordinator.start();
  await rig.wait(coordinator.subscribe(rig.spec()));
  await rig.clock.until(
    () => order.filter((what) => what === 'page').length === ranges.length && order.at(-1) === 'turn',
  );
  assert.deepEqual(
    order,
    ranges.flatMap(() => ['page', 'turn']),
  );
  await coordinator.stop();
});
