import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PoisonError } from '../../src/base/errors.ts';
import type { Update } from '../../src/base/update.ts';
import { urls } from './fleet-log.ts';
import { Rig } from './rig.ts';

/** A rig with a subscription whose sink blames the URLs of `bad`. */
async function started() {
  const rig = new Rig();
  const bad = new Set<string>();
  const coordinator = rig.coordinator();
  coordinator.start();
  const deliver = (updates: readonly Update[]) => {
    const update = updates.find(({ url }) => bad.has(url));
    if (update !== undefined) throw new PoisonError(`cannot take ${update.url}`, { update });
    rig.delivered.push(...updates.map(({ url }) => url));
  };
  await rig.wait(coordinator.subscribe(rig.spec({ deliver })));
  const replayAll = () => rig.state.requestReplay(rig.state.deadLetters().map(({ id }) => id));
  return { rig, bad, coordinator, replayAll };
}

test('a poisoned update is delivered from its dead letter, which then is gone', async () => {
  const { rig, bad, coordinator, replayAll } = await started();
  bad.add('a/1');
  const writer = rig.log.writer('a');
  await rig.log.publish(writer, 3);
  await rig.wait(coordinator.idle());
  await rig.log.trim(writer, 0, 3);
  bad.clear();
  replayAll();
  await rig.wait(coordinator.idle());
  await rig.wait(coordinator.idle());
  assert.deepEqual(rig.delivered, ['a/0', 'a/2', 'a/1']);
  assert.deepEqual(rig.state.deadLetters(), []);
  assert.deepEqual(rig.positions(), { 'a/0': '3.0' });
  await coordinator.stop();
});

test('an update that is blamed again is a dead letter again, and not asked for by itself', async () => {
  const { rig, bad, coordinator, replayAll } = await started();
  bad.add('a/0');
  await rig.log.publish(rig.log.writer('a'), 1);
  await rig.wait(coordinator.idle());
  replayAll();
  await rig.wait(coordinator.idle());
  await rig.wait(coordinator.idle());
  assert.deepEqual(
    rig.state.deadLetters().map(({ url, replay }) => [url, replay]),
    [['a/0', false]],
  );
  assert.equal(rig.events('dead-letter').length, 2);
  await coordinator.stop();
});

test('a segment that turned up after it was given up is fetched and delivered', async () => {
  const { rig, coordinator, replayAll } = await started();
  const writer = rig.log.writer('a');
  await rig.log.publish(writer, 4);
  await rig.log.trim(writer, 1, 2);
  await rig.wait(coordinator.idle());
  await rig.log.segments(writer, 1, 2);
  replayAll();
  await rig.wait(coordinator.idle());
  await rig.wait(coordinator.idle());
  assert.deepEqual(rig.delivered, [...urls('a', 0, 1), ...urls('a', 2, 4), 'a/1']);
  assert.deepEqual(rig.state.deadLetters(), []);
  await coordinator.stop();
});

test('of a long range what exists is delivered, and the rest stays dead', async () => {
  const { rig, coordinator, replayAll } = await started();
  const writer = rig.log.writer('a');
  await rig.log.tip(writer, { next: 101, oldest: 100 });
  await rig.log.segments(writer, 100, 101);
  await rig.wait(coordinator.idle());
  assert.deepEqual(rig.delivered, urls('a', 100, 101));
  await rig.log.segments(writer, 40, 60);
  replayAll();
  for (let round = 0; round < 5; round += 1) await rig.wait(coordinator.idle());
  assert.deepEqual(rig.delivered, [...urls('a', 100, 101), ...urls('a', 40, 60)]);
  assert.deepEqual(
    rig.state.deadLetters().map(({ reason, sequence, endSequence }) => [reason, sequence, endSequence]),
    [
      ['expired', 0, 40],
      ['expired', 60, 100],
    ],
  );
  await coordinator.stop();
});

test('a replay waits while the store is away', async () => {
  const { rig, coordinator, replayAll } = await started();
  const writer = rig.log.writer('a');
  await rig.log.publish(writer, 2);
  await rig.log.trim(writer, 0, 1);
  await rig.wait(coordinator.idle());
  await rig.log.segments(writer, 0, 1);
  rig.store.fails = (call) => call === 'get';
  replayAll();
  await rig.clock.advance(60_000);
  assert.deepEqual(rig.delivered, ['a/1']);
  assert.equal(rig.state.deadLetters()[0]?.replay, true);
  rig.store.fails = () => false;
  await rig.clock.advance(60_000);
  assert.deepEqual(rig.delivered, ['a/1', 'a/0']);
  await coordinator.stop();
});
