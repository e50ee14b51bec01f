import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MINUTE } from '../../src/config/units.ts';
import { type FleetKeys, noKeys } from '../../src/log/fleet-keys.ts';
import { segmentKey } from '../../src/log/keys.ts';
import { urls } from './fleet-log.ts';
import { Rig, type RigOptions } from './rig.ts';

async function subscribed(rig: Rig, options?: RigOptions) {
  const coordinator = rig.coordinator(options);
  coordinator.start();
  await rig.wait(coordinator.subscribe(rig.spec()));
  return coordinator;
}

const secret = (fill: number) => new Uint8Array(32).fill(fill);
const oldKeys: FleetKeys = { ring: [{ id: 'k1', secret: secret(1) }], active: 'k1', required: false };
const newKeys: FleetKeys = {
  ring: [...oldKeys.ring, { id: 'k2', secret: secret(2) }],
  active: 'k2',
  required: false,
};

test('a node without any key is blocked at sealed lanes, and shows their tips to no janitor', async () => {
  const rig = new Rig({ keys: newKeys });
  const writer = rig.log.writer('a');
  await rig.log.publish(writer, 2);
  const before = await subscribed(rig, { keys: noKeys });
  const tipsShown: number[] = [];
  before.onTips(({ tips }) => tipsShown.push(tips.length));
  await rig.clock.advance(10 * MINUTE);
  assert.deepEqual(
    rig.events('blocked').map(({ reason, key }) => [reason, key]),
    [['unknown-key', segmentKey({ writer, lane: 0 }, 0)]],
  );
  assert.deepEqual([...new Set(tipsShown)], [0]);
  assert.deepEqual(rig.events('distrusted'), []);
  await before.stop();
  const after = await subscribed(rig);
  await rig.wait(after.idle());
  assert.deepEqual(rig.delivered, urls('a', 0, 2));
  await after.stop();
});

test('an unknown key blocks its lane alone, and after a restart with the key the lane goes on', async () => {
  const rig = new Rig({ keys: oldKeys });
  const writer = rig.log.writer('a');
  await rig.log.publish(writer, 2);
  await rig.log.segment(writer, 2, ['a/2'], { keys: newKeys });
  await rig.log.segments(writer, 3, 5);
  await rig.log.tip(writer, { next: 5, oldest: 0 });
  await rig.log.publish(rig.log.writer('b'), 2);
  const before = await subscribed(rig);
  await rig.clock.advance(10 * MINUTE);
  assert.deepEqual([...rig.delivered].sort(), [...urls('a', 0, 2), ...urls('b', 0, 2)]);
  assert.deepEqual(
    rig.events('blocked').map(({ reason, lane, key }) => [reason, lane, key]),
    [['unknown-key', 0, segmentKey({ writer, lane: 0 }, 2)]],
  );
  assert.equal(before.snapshot().bytesHeld, 0);
  await before.stop();
  rig.delivered.length = 0;
  const after = await subscribed(rig, { keys: newKeys });
  await rig.wait(after.idle());
  assert.deepEqual(rig.delivered, urls('a', 2, 5));
  assert.deepEqual(rig.state.deadLetters(), []);
  await after.stop();
});

test('a node that lacks one key says which, and how much it does not read for that', async () => {
  const rig = new Rig({ keys: newKeys });
  await rig.log.publish(rig.log.writer('a'), 2);
  await rig.log.publish(rig.log.writer('b'), 1);
  const before = await subscribed(rig, { keys: oldKeys });
  await rig.clock.advance(MINUTE);
  assert.deepEqual(rig.delivered, []);
  assert.deepEqual(before.snapshot().missingKeys, [{ keyId: 'k2', writers: 2, lanes: 2 }]);
  await before.stop();
  const after = await subscribed(rig);
  await rig.wait(after.idle());
  assert.deepEqual(after.snapshot().missingKeys, []);
  assert.equal(rig.delivered.length, 3);
  await after.stop();
});
