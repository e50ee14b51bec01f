import assert from 'node:assert/strict';
import { test } from 'node:test';
import { objectKey } from '../../src/log/object-keys.ts';
import { ObjectRig, prefix, withoutConditions } from './object-rig.ts';

const second = Date.UTC(2026, 0, 1) / 1000;

test('a store that honours conditions is asked twice for the first object, and once for each other', async () => {
  const rig = new ObjectRig();
  const { publisher, objects } = rig.started();
  await publisher.publish({ url: 'a' });
  assert.deepEqual(
    objects.calls.map(({ operation }) => operation),
    ['head', 'put', 'put'],
  );
  await publisher.publish({ url: 'b' });
  await publisher.publish({ url: 'c' });
  assert.deepEqual(
    objects.calls.slice(3).map(({ operation }) => operation),
    ['put', 'put'],
  );
});

test('where the store ignores conditions, every key is looked at before it is written', async () => {
  const rig = new ObjectRig();
  const taken = objectKey(prefix, 'alpha', 'b', second);
  await rig.bucket.put(taken, Buffer.from('{"url":"b"}'));
  const { publisher, objects } = rig.started({ bucket: withoutConditions(rig.bucket) });
  await publisher.publish({ url: 'a' });
  await publisher.publish({ url: 'b', data: 1 });
  await publisher.publish({ url: 'b', data: 2 });
  const found = await rig.bucket.get(taken);
  assert.equal(found.status === 'found' && Buffer.from(found.body).toString(), '{"url":"b"}');
  assert.deepEqual(await rig.seconds(), [0, 0, 1, 2]);
  assert.equal(objects.keysOf('head').length, 4);
});

test('that the question whether conditions count stays unanswered costs nothing but another', async () => {
  const rig = new ObjectRig();
  const { publisher, objects } = rig.started();
  let puts = 0;
  objects.script = ({ operation }) => (operation === 'put' && ++puts === 2 ? 'lose' : 'pass');
  await publisher.publish({ url: 'a' });
  await publisher.publish({ url: 'b' });
  await publisher.publish({ url: 'c' });
  assert.deepEqual(
    objects.calls.map(({ operation }) => operation),
    ['head', 'put', 'put', 'head', 'put', 'put', 'put'],
  );
  assert.deepEqual(await rig.seconds(), [0, 0, 0]);
});
