import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Subscription } from '../../src/coordinate/subscription.ts';
import { UpdateIterator } from '../../src/coordinate/update-iterator.ts';
import { settle } from '../support/fake-clock.ts';
import { urls } from './fleet-log.ts';
import { Rig } from './rig.ts';

async function iterated(count: number, maxBatch = 3) {
  const rig = new Rig();
  await rig.log.publish(rig.log.writer('a'), count);
  const coordinator = rig.coordinator();
  coordinator.start();
  const make = async () => {
    const made = Promise.withResolvers<Subscription>();
    const iterator = new UpdateIterator((deliver) => {
      made.resolve(coordinator.subscribe(rig.spec({ ack: 'explicit', maxBatch, deliver })));
      return made.promise;
    });
    return { iterator, subscription: await rig.wait(made.promise) };
  };
  return { rig, coordinator, make };
}

test('a loop gets every update in order, each acknowledged when the next is asked for', async () => {
  const { rig, coordinator, make } = await iterated(7);
  const { iterator } = await make();
  const got: string[] = [];
  for (let at = 0; at < 7; at += 1) {
    const { value } = await rig.wait(iterator.next());
    got.push(value?.url ?? '');
    assert.deepEqual(rig.positions(), { 'a/0': `${at}.0` });
  }
  assert.deepEqual(got, urls('a', 0, 7));
  await coordinator.stop({ timeoutMs: 0 });
});

test('leaving a loop keeps the update it was left at for the next time', async () => {
  const { rig, coordinator, make } = await iterated(5);
  for await (const { url } of (await make()).iterator) {
    rig.delivered.push(url);
    if (url === 'a/2') break;
  }
  assert.deepEqual(rig.positions(), { 'a/0': '2.0' });
  for await (const { url } of (await make()).iterator) {
    rig.delivered.push(url);
    if (url === 'a/4') break;
  }
  assert.deepEqual(rig.delivered, [...urls('a', 0, 3), ...urls('a', 2, 5)]);
  await coordinator.stop();
});

test('a loop that waits ends when the subscription does', async () => {
  const { rig, coordinator, make } = await iterated(0);
  const { iterator, subscription } = await make();
  const next = iterator.next();
  await settle();
  await subscription.stop();
  assert.deepEqual(await next, { done: true, value: undefined });
  await coordinator.stop();
  assert.equal(rig.clock.pending, 0);
});
