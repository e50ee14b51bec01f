import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { NodeEvents } from '../../src/base/events.ts';
import { tipsPrefix } from '../../src/log/keys.ts';
import { valuesOf } from '../metrics/exposition.ts';
import { NodeRig } from './node-rig.ts';

it('a bucket restored from a backup, and a state directory that lost its writers, are noticed and counted', async (t) => {
  const rig = new NodeRig(t);
  const state = rig.state();
  const { hostId } = state;
  const reader = await rig.started('reader', {}, { state });
  const told: NodeEvents['rewound'][] = [];
  reader.events.on('rewound', (rewind) => told.push(rewind));
  const tips = async () => (await rig.bucket.list(tipsPrefix)).objects.map(({ key }) => key);

  const writer = await rig.started('writer');
  await rig.wait(writer.publish({ url: 'u1' }, { visible: true }));
  const [older] = await tips();
  await rig.wait(writer.publish({ url: 'u2' }, { visible: true }));
  await rig.wait(writer.flush());
  await rig.wait(reader.pollNow());
  assert.deepEqual(told, []);

  for (const key of await tips()) await rig.bucket.delete(key);
  await rig.bucket.put(older!, new Uint8Array());
  const forgotten = older!.replace(/~[0-9a-f]{16}~/, `~${hostId}~`);
  assert.notEqual(forgotten, older);
  await rig.bucket.put(forgotten, new Uint8Array());
  await rig.wait(reader.pollNow());
  await rig.wait(reader.pollNow());
  assert.equal(told.length, 2);
  const values = valuesOf(await reader.metrics());
  assert.equal(values.get('bucketcast_rewinds_total{kind="tip"}'), 1);
  assert.equal(values.get('bucketcast_rewinds_total{kind="state"}'), 1);
});
