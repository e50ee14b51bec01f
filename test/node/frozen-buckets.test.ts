import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { describe, it, type TestContext } from 'node:test';
import type { Update } from '../../src/base/update.ts';
import {
  bucketFile,
  describeUpdate,
  type FrozenBucket,
  frozenBuckets,
  inLanes,
  linesOf,
  thaw,
} from '../fixtures/frozen-bucket.ts';
import { NodeRig } from './node-rig.ts';

describe('a bucket that an earlier version wrote', () => {
  for (const bucket of frozenBuckets) {
    const name = `${bucket.format}/${bucket.name}`;

    it(`is read to the last bit: ${name}`, async (t) => {
      const { updates, complaints } = await read(t, bucket);
      assert.deepEqual(inLanes(updates).map(describeUpdate), linesOf(bucketFile(bucket, 'updates')));
      assert.deepEqual(complaints, []);
    });

    it(`is looked after by a janitor without losing anything: ${name}`, async (t) => {
      const rig = new NodeRig(t);
      await thaw(bucket, rig.bucket);
      const { encryption } = bucket;
      const janitor = { enabled: true, quietMs: 600_000, intervalMs: 60_000, mergeFrom: 2 };
      const cleaner = await rig.started('cleaner', { encryption, janitor });
      let merged = 0;
      cleaner.events.on('merged', () => {
        merged += 1;
      });
      await rig.clock.advance(3_600_000);
      assert.ok(merged > 0, 'the batches of then and those of now become one');
      const { updates, complaints } = await read(t, bucket, rig);
      assert.deepEqual(inLanes(updates).map(describeUpdate), linesOf(bucketFile(bucket, 'updates')));
      assert.deepEqual(complaints, []);
    });
  }

  it('is in the list of those that are read', () => {
    const folder = new URL('../fixtures/buckets/', import.meta.url);
    const files = readdirSync(folder).flatMap((format) =>
      readdirSync(new URL(`${format}/`, folder)).map((file) => `${format}/${file}`),
    );
    const known = frozenBuckets.flatMap(({ format, name }) =>
      ['ndjson', 'updates.ndjson'].map((ending) => `${format}/${name}.${ending}`),
    );
    assert.deepEqual(files.toSorted(), known.toSorted());
  });
});

/** All that a new subscription of a real node gets, and whatever the node reports on its way. */
async function read(t: TestContext, bucket: FrozenBucket, thawed?: NodeRig) {
  const rig = thawed ?? new NodeRig(t);
  if (thawed === undefined) await thaw(bucket, rig.bucket);
  const { encryption } = bucket;
  const node = rig.node('reader', { encryption, janitor: { enabled: false } });
  const complaints: unknown[] = [];
  for (const name of ['gap', 'dead-letter', 'blocked', 'distrusted', 'crashed', 'twin'] as const)
    node.events.on(name, (facts: object) => void complaints.push({ name, ...facts }));
  await rig.wait(node.start());
  const updates: Update[] = [];
  await rig.wait(node.subscribe({ name: 'all' }, (some) => void updates.push(...some)));
  await rig.wait(node.idle());
  return { updates, complaints };
}
