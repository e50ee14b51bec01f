import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ObjectsLister } from '../../src/objects/lister.ts';
import { DirectObjectReader } from '../../src/pool/direct-object-reader.ts';
import { prefix } from './objects-bucket.ts';
import { ObjectsRig } from './objects-rig.ts';

test('with listings over several ranges at once, what comes in everywhere is delivered once', async () => {
  const source = new ObjectsRig();
  const { store } = source.bucket;
  const reader = new DirectObjectReader({ store, prefix, maxBytes: 10_000 });
  const lister = new ObjectsLister({ reader, store, prefix, shardPages: 1, atOnce: 4 });
  const rig = new ObjectsRig({ parts: { reader, lister } });
  const put = async (from: number, to: number) => {
    for (let n = from; n < to; n += 1)
      await source.bucket.put(`u${n}`, {
        server: `s${n % 3}`,
        name: `${((n * 7919) % 4096).toString(16)}-${n}`,
      });
  };
  await put(0, 3500);
  const coordinator = await rig.idle({ maxBatch: 1000 });
  assert.equal(new Set(rig.delivered).size, 3500);
  await put(3500, 3600);
  await rig.wait(coordinator.idle());
  assert.deepEqual([rig.delivered.length, new Set(rig.delivered).size], [3600, 3600]);
  assert.equal(coordinator.snapshot().poll.keys, 3600);
  await coordinator.stop();
});
