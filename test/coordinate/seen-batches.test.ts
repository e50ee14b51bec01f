import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HOUR, MINUTE } from '../../src/config/units.ts';
import { markerKey, parkedKey } from '../../src/log/keys.ts';
import { urls } from './fleet-log.ts';
import { Rig } from './rig.ts';

test('a seen batch is forgotten when no poll has listed it for an hour, and comes back as if it were new', async () => {
  const rig = new Rig({ poll: { maxMs: MINUTE } });
  const writer = rig.log.writer('a');
  await rig.log.publish(writer, 2);
  const merged = await rig.log.park({ [writer]: { next: 2, oldest: 0 } });
  const stays = await rig.log.park({ [writer]: { next: 2, oldest: 0 } });
  const coordinator = rig.coordinator();
  coordinator.start();
  await rig.wait(coordinator.subscribe(rig.spec()));
  await rig.wait(coordinator.idle());
  assert.deepEqual(rig.state.seenBatches('all'), [merged, stays].sort());
  const keys = [markerKey(merged), parkedKey(merged)];
  const bodies = await Promise.all(keys.map((key) => rig.store.inner.get(key)));
  await rig.store.inner.deleteMany(keys);
  await rig.clock.advance(HOUR - 5 * MINUTE);
  assert.equal(rig.state.seenBatches('all').length, 2);
  await rig.clock.advance(10 * MINUTE);
  assert.deepEqual(rig.state.seenBatches('all'), [stays]);
  for (const [at, key] of keys.entries()) {
    const answer = bodies[at];
    await rig.store.inner.put(key, answer?.status === 'found' ? answer.body : new Uint8Array());
  }
  await rig.clock.advance(5 * MINUTE);
  assert.deepEqual(rig.state.seenBatches('all'), [merged, stays].sort());
  assert.deepEqual(rig.delivered, urls('a', 0, 2));
  await coordinator.stop();
});

test('a seen batch that another subscription has yet to deliver is not forgotten', async () => {
  const rig = new Rig({ poll: { maxMs: MINUTE } });
  const writer = rig.log.writer('a');
  await rig.log.publish(writer, 2);
  const batch = await rig.log.park({ [writer]: { next: 2, oldest: 0 } });
  const coordinator = rig.coordinator();
  coordinator.start();
  await rig.wait(coordinator.subscribe(rig.spec()));
  const away = () => Promise.reject(new Error('the sink is away'));
  await rig.wait(coordinator.subscribe(rig.spec({ name: 'behind', deliver: away })));
  await rig.clock.advance(MINUTE);
  await rig.store.inner.deleteMany([markerKey(batch), parkedKey(batch)]);
  await rig.clock.advance(2 * HOUR);
  assert.deepEqual(rig.state.seenBatches('all'), [batch]);
  await coordinator.stop({ timeoutMs: 0 });
});
