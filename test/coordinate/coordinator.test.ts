import assert from 'node:assert/strict';
import { test } from 'node:test';
import { urls } from './fleet-log.ts';
import { Rig } from './rig.ts';

test('what was published is discovered, fetched, delivered in order and remembered', async () => {
  const rig = new Rig();
  const writer = rig.log.writer('a');
  await rig.log.publish(writer, 100);
  const coordinator = rig.coordinator();
  coordinator.start();
  await rig.wait(coordinator.subscribe(rig.spec()));
  await rig.wait(coordinator.idle());
  assert.deepEqual(rig.delivered, urls('a', 0, 100));
  assert.deepEqual(rig.positions(), { 'a/0': '100.0' });
  await rig.log.publish(writer, 103, 100);
  await rig.wait(coordinator.idle());
  assert.deepEqual(rig.delivered, urls('a', 0, 103));
  await coordinator.stop();
  assert.equal(rig.clock.pending, 0, 'no timer is left behind');
});
