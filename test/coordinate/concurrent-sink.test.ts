import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Update } from '../../src/base/update.ts';
import { Rig } from './rig.ts';

/** A coordinator on `lanes` writers, `w0` and so on, of `segments` segments of an update each. */
async function started(lanes: number, segments: number) {
  const rig = new Rig();
  for (let at = 0; at < lanes; at += 1) {
    const writer = rig.log.writer(`w${at}`);
    for (let sequence = 0; sequence < segments; sequence += 1)
      await rig.log.segment(writer, sequence, [`${at}:${sequence}`]);
    await rig.log.tip(writer, { next: segments, oldest: 0 });
  }
  const coordinator = rig.coordinator();
  coordinator.start();
  const snapshot = () => {
    const [first] = coordinator.snapshot().subscriptions;
    assert.ok(first);
    return first;
  };
  return { rig, coordinator, snapshot };
}

const laneOf = ({ url }: Update) => url.split(':')[0] as string;

test('calls that go on at once are of different lanes, and each lane keeps its order', async () => {
  const { rig, coordinator } = await started(3, 12);
  const busy = new Set<string>();
  const withTwo: string[] = [];
  let most = 0;
  let calls = 0;
  const deliver = async (updates: readonly Update[]) => {
    const lanes = new Set(updates.map(laneOf));
    for (const lane of lanes) {
      if (busy.has(lane)) withTwo.push(lane);
      busy.add(lane);
    }
    calls += 1;
    most = Math.max(most, calls);
    await rig.clock.sleep(1 + rig.random.float() * 20);
    rig.delivered.push(...updates.map(({ url }) => url));
    for (const lane of lanes) busy.delete(lane);
    calls -= 1;
  };
  await rig.wait(coordinator.subscribe(rig.spec({ deliver, concurrency: 4, maxBatch: 4 })));
  await rig.wait(coordinator.idle());
  assert.deepEqual(withTwo, []);
  assert.equal(most, 3);
  assert.equal(rig.delivered.length, 36);
  for (let lane = 0; lane < 3; lane += 1)
    assert.deepEqual(
      rig.delivered.filter((url) => url.startsWith(`${lane}:`)),
      Array.from({ length: 12 }, (_, sequence) => `${lane}:${sequence}`),
    );
  assert.deepEqual(new Set(Object.values(rig.positions())), new Set(['12.0']));
  await coordinator.stop();
});

test('a call that fails holds its lane, which is told, and the others go on', async () => {
  const { rig, coordinator, snapshot } = await started(3, 4);
  let isAway = true;
  const deliver = (updates: readonly Update[]) => {
    if (isAway && updates.some((update) => laneOf(update) === '1')) throw new Error('shard 1 is away');
    rig.delivered.push(...updates.map(({ url }) => url));
  };
  await rig.wait(coordinator.subscribe(rig.spec({ deliver, concurrency: 3, maxBatch: 1 })));
  await rig.clock.until(() => rig.delivered.length === 8);
  await rig.clock.advance(1000);
  const { state, waiting, lag } = snapshot();
  assert.equal(state, 'paused');
  assert.equal(lag, 4);
  assert.ok(waiting.reason === 'paused' || waiting.reason === 'delivering');
  assert.deepEqual(
    waiting.lanes?.map((lane) => rig.log.nameOf(lane.split('/')[0] as string)),
    ['w1'],
  );
  assert.deepEqual(rig.events('resumed'), []);
  isAway = false;
  await rig.wait(coordinator.idle());
  assert.equal(rig.delivered.length, 12);
  assert.equal(rig.events('resumed').length, 1);
  await coordinator.stop();
});

test('a subscription goes on again when the last of its calls does', async () => {
  const { rig, coordinator } = await started(2, 1);
  const away = new Set(['0', '1']);
  const deliver = ([update]: readonly Update[]) => {
    if (away.has(laneOf(update as Update))) throw new Error('away');
  };
  await rig.wait(coordinator.subscribe(rig.spec({ deliver, concurrency: 2, maxBatch: 1 })));
  await rig.clock.until(() => rig.events('paused').length >= 2);
  away.delete('0');
  await rig.clock.until(() => Object.values(rig.positions()).includes('1.0'));
  assert.deepEqual(rig.events('resumed'), []);
  away.delete('1');
  await rig.wait(coordinator.idle());
  assert.equal(rig.events('resumed').length, 1);
  await coordinator.stop();
});

test('a call that never returns holds only its lanes, and a stop does not wait for it for ever', async () => {
  const { rig, coordinator, snapshot } = await started(3, 3);
  const deliver = (updates: readonly Update[]) => {
    if (updates.some((update) => laneOf(update) === '2')) return new Promise<void>(() => {});
    rig.delivered.push(...updates.map(({ url }) => url));
    return undefined;
  };
  await rig.wait(coordinator.subscribe(rig.spec({ deliver, concurrency: 2, maxBatch: 1 })));
  await rig.clock.until(() => rig.delivered.length === 6);
  await rig.clock.advance(60_000);
  const { waiting } = snapshot();
  assert.deepEqual(waiting.reason === 'delivering' && [waiting.updates, waiting.failures], [1, 0]);
  assert.ok(waiting.forMs >= 60_000);
  await rig.wait(coordinator.stop({ timeoutMs: 5000 }));
  assert.deepEqual(Object.values(rig.positions()).toSorted(), ['0.0', '3.0', '3.0']);
});
