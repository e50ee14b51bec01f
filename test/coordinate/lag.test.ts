import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MINUTE } from '../../src/config/units.ts';
import type { Coordinator } from '../../src/coordinate/coordinator.ts';
import { segmentKey } from '../../src/log/keys.ts';
import { Rig } from './rig.ts';

function snapshot(coordinator: Coordinator) {
  const [subscription] = coordinator.snapshot().subscriptions;
  assert.ok(subscription);
  return subscription;
}

/** Puts segments `[from, to)` of two updates each, and their tip; the updates are `ageMs` old. */
async function publish(rig: Rig, writer: string, to: number, from = 0, ageMs = 0): Promise<void> {
  const time = rig.clock.now() - ageMs;
  for (let at = from; at < to; at += 1)
    await rig.log.segment(writer, at, [`${at}.0`, `${at}.1`], { time: time + at });
  await rig.log.tip(writer, { next: to, oldest: 0 });
}

function near(actual: number, expected: number, within = 1): void {
  assert.ok(Math.abs(actual - expected) <= within, `${actual} instead of about ${expected}`);
}

const away = () => Promise.reject(new Error('away'));

test('a subscription that has caught up has no lag, and says how fast its sink is', async () => {
  const rig = new Rig();
  await publish(rig, rig.log.writer('a'), 5);
  await rig.clock.advance(MINUTE);
  const coordinator = rig.coordinator();
  coordinator.start();
  await rig.wait(coordinator.subscribe(rig.spec({ maxBatch: 4, deliver: () => rig.clock.sleep(2000) })));
  await rig.wait(coordinator.idle());
  await rig.clock.advance(3000);
  const { lag, lagSeconds, lagUpdates, delivered, sinkMsPerUpdate, slowest, laneCounts } =
    snapshot(coordinator);
  assert.deepEqual(
    { lag, lagSeconds, lagUpdates },
    { lag: 0, lagSeconds: 0, lagUpdates: { count: 0, exact: true } },
  );
  assert.equal(delivered, 10);
  assert.ok(sinkMsPerUpdate !== undefined && sinkMsPerUpdate >= 500 && sinkMsPerUpdate < 1000);
  assert.deepEqual([slowest, laneCounts], [[], { total: 1, behind: 0, blocked: 0, missing: 0 }]);
  await coordinator.stop();
});

test('while a sink is away, the age of the oldest update that it has not acknowledged rises', async () => {
  const rig = new Rig();
  await publish(rig, rig.log.writer('a'), 5, 0, MINUTE);
  const coordinator = rig.coordinator();
  coordinator.start();
  await rig.wait(coordinator.subscribe(rig.spec({ maxBatch: 4, deliver: away })));
  await rig.clock.advance(1000);
  const before = snapshot(coordinator);
  near(before.lagSeconds, 61);
  assert.deepEqual([before.lag, before.lagUpdates], [5, { count: 10, exact: true }]);
  await rig.clock.advance(10 * MINUTE);
  const after = snapshot(coordinator);
  near(after.lagSeconds, 661);
  assert.equal(after.delivered, 0);
  assert.equal(after.slowest[0]?.position, 0);
  assert.equal(after.slowest[0]?.seconds, after.lagSeconds);
  await coordinator.stop();
});

test('a segment that waits in memory is as old as its first update, not as its tip', async () => {
  const rig = new Rig();
  await publish(rig, rig.log.writer('a'), 1);
  await publish(rig, rig.log.writer('b'), 1, 0, 30 * MINUTE);
  const coordinator = rig.coordinator();
  coordinator.start();
  const deliver = () => new Promise<void>(() => {});
  await rig.wait(coordinator.subscribe(rig.spec({ maxBatch: 1, deliver })));
  await rig.clock.advance(1000);
  const { slowest, lagSeconds } = snapshot(coordinator);
  assert.deepEqual(
    slowest.map(({ writer, seconds }) => [rig.log.nameOf(writer), Math.round(seconds / 60)]),
    [
      ['b', 30],
      ['a', 0],
    ],
  );
  near(lagSeconds, 1801);
  await coordinator.stop({ timeoutMs: 0 });
});

test('the lag of a backlog falls steadily as it is worked off', async () => {
  const rig = new Rig();
  const writer = rig.log.writer('a');
  for (let at = 0; at < 60; at += 1) {
    await rig.log.segment(writer, at, [`${at}`], { time: rig.clock.now() });
    await rig.clock.advance(MINUTE);
  }
  await rig.log.tip(writer, { next: 60, oldest: 0 });
  rig.store.holds = (call) => (call === 'get' ? rig.clock.sleep(2000) : undefined);
  const coordinator = rig.coordinator({ read: { segmentsAhead: 1 } });
  coordinator.start();
  await rig.wait(coordinator.subscribe(rig.spec({ maxBatch: 1, deliver: () => rig.clock.sleep(500) })));
  await rig.clock.until(() => snapshot(coordinator).delivered > 0);
  let last = Number.POSITIVE_INFINITY;
  while (snapshot(coordinator).lag > 0) {
    const { lagSeconds, lag } = snapshot(coordinator);
    near(lagSeconds, lag * 60, 150);
    // What is on its way is estimated: to one of its segments, a minute.
    assert.ok(lagSeconds < last + 61, `rose from ${last} to ${lagSeconds}`);
    last = lagSeconds;
    await rig.clock.advance(250);
  }
  assert.equal(snapshot(coordinator).lagSeconds, 0);
  await coordinator.stop();
});

test('a lag outlives a restart, and a store that goes away right after it', async () => {
  const rig = new Rig();
  await publish(rig, rig.log.writer('a'), 5);
  const first = rig.coordinator();
  first.start();
  await rig.wait(first.subscribe(rig.spec({ deliver: away })));
  await rig.clock.advance(MINUTE);
  await first.stop();
  await rig.clock.advance(MINUTE);
  rig.store.fails = (call) => call === 'get';
  const again = rig.coordinator();
  again.start();
  await rig.wait(again.subscribe(rig.spec()));
  await rig.clock.advance(1000);
  near(snapshot(again).lagSeconds, 121);
  assert.deepEqual(snapshot(again).lagUpdates, { count: 5, exact: false }, 'nothing was fetched yet');
  rig.store.fails = () => true;
  await rig.clock.advance(10 * MINUTE);
  near(snapshot(again).lagSeconds, 721);
  assert.ok((again.snapshot().poll.agoMs ?? 0) >= 9 * MINUTE, 'what is not known of is told by the poll');
  rig.store.fails = () => false;
  await rig.wait(again.idle());
  assert.equal(snapshot(again).lagSeconds, 0);
  await again.stop();
});

test('news that is on its way is as old as its tip, however long ago the update before it was', async () => {
  const rig = new Rig();
  const writer = rig.log.writer('a');
  await publish(rig, writer, 1);
  const coordinator = rig.coordinator();
  coordinator.start();
  await rig.wait(coordinator.subscribe(rig.spec()));
  await rig.wait(coordinator.idle());
  await rig.clock.advance(100 * MINUTE);
  const head = segmentKey({ writer, lane: 0 }, 1);
  const open = Promise.withResolvers<void>();
  rig.store.holds = (_call, key) => (key === head ? open.promise : undefined);
  await publish(rig, writer, 4, 1);
  await rig.clock.until(() => rig.store.count('get', head) > 0);
  const before = snapshot(coordinator).lagSeconds;
  await rig.clock.advance(20_000);
  near(snapshot(coordinator).lagSeconds, before + 20);
  assert.ok(before < 120, `${before}`);
  open.resolve();
  await rig.wait(coordinator.idle());
  await coordinator.stop();
});

test('updates that were not fetched count with the average of those that were', async () => {
  const rig = new Rig();
  const writer = rig.log.writer('a');
  await publish(rig, writer, 20);
  const coordinator = rig.coordinator({ read: { segmentsAhead: 3 } });
  coordinator.start();
  await rig.wait(
    coordinator.subscribe(rig.spec({ maxBatch: 3, deliver: () => new Promise<void>(() => {}) })),
  );
  await rig.clock.advance(1000);
  const { lag, lagUpdates, fetches } = snapshot(coordinator);
  assert.deepEqual([lag, lagUpdates, fetches], [20, { count: 40, exact: false }, 0]);
  await coordinator.stop({ timeoutMs: 0 });
});

test('the five lanes that are furthest behind are named, the worst first', async () => {
  const rig = new Rig();
  for (let at = 0; at < 8; at += 1) {
    await publish(rig, rig.log.writer(`w${at}`), 1);
    await rig.clock.advance(MINUTE);
  }
  const coordinator = rig.coordinator();
  coordinator.start();
  await rig.wait(coordinator.subscribe(rig.spec({ deliver: away })));
  await rig.clock.advance(1000);
  const { slowest, laneCounts } = snapshot(coordinator);
  assert.deepEqual(
    slowest.map(({ writer }) => rig.log.nameOf(writer)),
    ['w0', 'w1', 'w2', 'w3', 'w4'],
  );
  assert.deepEqual(laneCounts, { total: 8, behind: 8, blocked: 0, missing: 0 });
  assert.equal(coordinator.lanes('all')?.length, 8);
  assert.equal(coordinator.lanes('none'), undefined);
  await coordinator.stop();
});
