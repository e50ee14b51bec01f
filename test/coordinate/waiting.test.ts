import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Update } from '../../src/base/update.ts';
import type { Coordinator } from '../../src/coordinate/coordinator.ts';
import type { DeliveryControl } from '../../src/coordinate/sink-runner.ts';
import { type FleetKeys, noKeys } from '../../src/log/fleet-keys.ts';
import { segmentKey } from '../../src/log/keys.ts';
import { published } from './published.ts';
import { Rig } from './rig.ts';

const never = new Promise<void>(() => {});

function waiting(coordinator: Coordinator) {
  const [subscription] = coordinator.snapshot().subscriptions;
  assert.ok(subscription);
  return subscription.waiting;
}

async function subscribed(rig: Rig) {
  const coordinator = rig.coordinator();
  coordinator.start();
  await rig.wait(coordinator.subscribe(rig.spec()));
  return coordinator;
}

/** `count` writers of a segment each. */
async function writers(rig: Rig, count: number, content = 'x'): Promise<void> {
  for (let at = 0; at < count; at += 1) {
    const writer = rig.log.writer(`w${at}`);
    await rig.log.segment(writer, 0, ['x'], { content });
    await rig.log.tip(writer, { next: 1, oldest: 0 });
  }
}

test('a subscription that has acknowledged everything known has caught up, since its last batch', async () => {
  const { rig, coordinator } = await published(3);
  await rig.wait(coordinator.subscribe(rig.spec()));
  await rig.clock.until(() => rig.delivered.length === 3);
  await rig.clock.advance(7000);
  assert.deepEqual(waiting(coordinator), { reason: 'caught-up', forMs: 7000 });
  await coordinator.stop();
});

test('a subscription that stops says so', async () => {
  const { rig, coordinator } = await published(1);
  const subscription = await rig.wait(coordinator.subscribe(rig.spec()));
  await rig.wait(coordinator.idle());
  await subscription.stop();
  assert.equal(subscription.snapshot().waiting.reason, 'stopped');
  assert.equal(subscription.snapshot().state, 'stopped');
  await coordinator.stop();
});

test('after a restart nothing is called caught up before a complete poll', async () => {
  const { rig, coordinator } = await published(1);
  await rig.wait(coordinator.subscribe(rig.spec()));
  await rig.wait(coordinator.idle());
  await coordinator.stop();
  rig.store.fails = () => true;
  const again = await subscribed(rig);
  await rig.clock.advance(60_000);
  assert.deepEqual(waiting(again), { reason: 'first-poll', forMs: 60_000 });
  await again.stop();
});

test('while the sink is at work it is told for how long, and with how many updates', async () => {
  const { rig, coordinator } = await published(4);
  await rig.wait(coordinator.subscribe(rig.spec({ deliver: () => never, maxBatch: 3 })));
  await rig.clock.advance(9000);
  const now = waiting(coordinator);
  assert.deepEqual({ ...now, forMs: 0 }, { reason: 'delivering', forMs: 0, updates: 3, failures: 0 });
  assert.ok(now.forMs > 8000 && now.forMs <= 9000, `${now.forMs}`);
  await coordinator.stop({ timeoutMs: 0 });
});

test('a sink that failed is told with its words, since its first failure, until it is tried again', async () => {
  const { rig, coordinator } = await published(2);
  const calls: number[] = [];
  const deliver = () => {
    calls.push(rig.clock.monotonic());
    return calls.length < 4 ? Promise.reject(new Error('connection refused')) : never;
  };
  await rig.wait(coordinator.subscribe(rig.spec({ deliver })));
  await rig.clock.until(() => rig.events('paused').length === 3);
  const paused = waiting(coordinator);
  assert.ok(paused.reason === 'paused');
  assert.equal(paused.error, 'connection refused');
  assert.equal(paused.failures, 3);
  assert.equal(paused.retryInMs, Math.round(rig.events('paused').at(-1)?.retryInMs ?? 0));
  assert.equal(paused.forMs, Math.round((calls[2] as number) - (calls[0] as number)));
  assert.equal(coordinator.snapshot().subscriptions[0]?.state, 'paused');
  await rig.clock.until(() => calls.length === 4);
  assert.deepEqual(waiting(coordinator), {
    reason: 'delivering',
    forMs: 0,
    updates: 2,
    failures: 3,
    failingForMs: Math.round((calls[3] as number) - (calls[0] as number)),
    error: 'connection refused',
  });
  assert.equal(coordinator.snapshot().subscriptions[0]?.state, 'paused', 'a try is not yet a success');
  await coordinator.stop({ timeoutMs: 0 });
});

test('a sink that has returned without acknowledging is waited for', async () => {
  const { rig, coordinator } = await published(3);
  let held: DeliveryControl | undefined;
  const deliver = (updates: readonly Update[], control: DeliveryControl) => {
    held = control;
    control.ack(updates[0]);
  };
  await rig.wait(coordinator.subscribe(rig.spec({ deliver, ack: 'explicit' })));
  await rig.clock.until(() => held !== undefined);
  await rig.clock.advance(5000);
  assert.deepEqual(waiting(coordinator), { reason: 'acknowledgement', forMs: 5000, updates: 2 });
  await coordinator.stop({ timeoutMs: 0 });
});

test('segments on their way are fetched, or wait for admission when requests of this host wait', async () => {
  const limiter = { waiting: 0, waitingForUpload: 0 };
  const rig = new Rig({ limiter: { snapshot: () => limiter } });
  await writers(rig, 1);
  rig.store.holds = (call) => (call === 'get' ? never : undefined);
  const coordinator = await subscribed(rig);
  await rig.clock.advance(4000);
  const fetching = waiting(coordinator);
  assert.deepEqual({ ...fetching, forMs: 0 }, { reason: 'fetching', forMs: 0, fetches: 1 });
  assert.ok(fetching.forMs >= 3000, `${fetching.forMs}`);
  limiter.waiting = 12;
  limiter.waitingForUpload = 2;
  const admission = waiting(coordinator);
  assert.ok(admission.reason === 'admission');
  assert.deepEqual([admission.fetches, admission.requestsWaiting], [1, 10]);
  await coordinator.stop();
});

test('lanes wait for admission when the share of requests in flight is used up', async () => {
  const rig = new Rig({ limits: { requestsInFlight: 2 } });
  await writers(rig, 5);
  rig.store.holds = (call) => (call === 'get' ? never : undefined);
  const coordinator = await subscribed(rig);
  await rig.clock.advance(1000);
  const admission = waiting(coordinator);
  assert.ok(admission.reason === 'admission');
  assert.deepEqual([admission.fetches, admission.requestsWaiting], [2, 0]);
  await coordinator.stop();
});

test('lanes whose segments have no room in memory say so, with what is held of what share', async () => {
  const rig = new Rig({ limits: { bytesInFlight: 100_000, requestsInFlight: 64 } });
  await writers(rig, 20, 'x'.repeat(60_000));
  rig.store.holds = (call) => (call === 'get' ? never : undefined);
  const coordinator = await subscribed(rig);
  await rig.clock.advance(1000);
  const memory = waiting(coordinator);
  assert.ok(memory.reason === 'memory');
  assert.equal(memory.shareBytes, 100_000);
  assert.ok(memory.bytesHeld > 80_000, `${memory.bytesHeld}`);
  await coordinator.stop();
});

test('readers of the other layout have their share of the memory', async () => {
  const limits = { bytesInFlight: 100_000, requestsInFlight: 64 };
  const rig = new Rig({ limits, otherReaders: () => 3 });
  await writers(rig, 20, 'x'.repeat(60_000));
  rig.store.holds = (call) => (call === 'get' ? never : undefined);
  const coordinator = await subscribed(rig);
  await rig.clock.advance(1000);
  const memory = waiting(coordinator);
  assert.ok(memory.reason === 'memory');
  assert.deepEqual([memory.shareBytes, coordinator.readers], [25_000, 1]);
  await coordinator.stop();
});

test('a segment that the store does not answer for, or whose bytes are bad, is told with its key', async () => {
  const rig = new Rig();
  const writer = rig.log.writer('a');
  const key = await rig.log.segment(writer, 0, ['x'], { damage: (body) => body.fill(0, 60) });
  await rig.log.tip(writer, { next: 1, oldest: 0 });
  rig.store.fails = (call) => call === 'get';
  const coordinator = await subscribed(rig);
  await rig.clock.until(() => rig.store.count('get') === 4);
  await rig.clock.advance(1);
  const store = waiting(coordinator);
  assert.ok(store.reason === 'store');
  assert.deepEqual([store.key, store.lanes, store.tries], [key, 1, 4]);
  assert.ok(store.retryInMs > 0 && store.forMs > 0, JSON.stringify(store));
  rig.store.fails = () => false;
  await rig.clock.until(() => rig.store.count('get') === 5);
  const corrupt = waiting(coordinator);
  assert.ok(corrupt.reason === 'corrupt-retry', corrupt.reason);
  assert.deepEqual([corrupt.key, corrupt.lanes, corrupt.tries], [key, 1, 1]);
  await coordinator.stop();
});

test('a missing segment is told with its key and what is left of the patience with it', async () => {
  const { rig, writer, coordinator } = await published(5);
  await rig.log.trim(writer, 2, 3);
  await rig.wait(coordinator.subscribe(rig.spec()));
  await rig.clock.advance(50_000);
  const missing = waiting(coordinator);
  assert.ok(missing.reason === 'missing-segment');
  assert.deepEqual([missing.key, missing.lanes], [segmentKey({ writer, lane: 0 }, 2), 1]);
  assert.equal(missing.forMs + missing.patienceEndsInMs, 60_000);
  assert.equal(coordinator.snapshot().subscriptions[0]?.laneCounts.missing, 1);
  assert.equal(coordinator.snapshot().subscriptions[0]?.slowest[0]?.trouble, 'missing');
  await coordinator.stop();
});

test('a lane that needs a key is told as blocked once every other lane has caught up', async () => {
  const keys: FleetKeys = {
    ring: [{ id: 'k1', secret: new Uint8Array(32) }],
    active: 'k1',
    required: false,
  };
  const rig = new Rig();
  const sealed = rig.log.writer('sealed');
  const key = await rig.log.segment(sealed, 0, ['x'], { keys });
  await rig.log.tip(sealed, { next: 1, oldest: 0 });
  await rig.log.publish(rig.log.writer('open'), 2);
  const coordinator = rig.coordinator({ keys: noKeys });
  coordinator.start();
  await rig.wait(coordinator.subscribe(rig.spec()));
  await rig.clock.until(() => rig.delivered.length === 2);
  await rig.clock.advance(600_000);
  const blocked = waiting(coordinator);
  assert.ok(blocked.reason === 'blocked');
  assert.deepEqual([blocked.cause, blocked.key, blocked.lanes], ['unknown-key', key, 1]);
  assert.ok(blocked.forMs >= 590_000, 'looking again does not begin it anew');
  const { blockedLanes, subscriptions } = coordinator.snapshot();
  assert.equal(blockedLanes, 1);
  assert.deepEqual(subscriptions[0]?.laneCounts, { total: 2, behind: 1, blocked: 1, missing: 0 });
  await coordinator.stop();
});

test('a subscription that crashed says why, and when it begins again', async () => {
  const { rig, coordinator } = await published(5);
  const { state } = rig;
  const advance = state.advance.bind(state);
  state.advance = () => {
    throw new Error('disk full');
  };
  await rig.wait(coordinator.subscribe(rig.spec()));
  await rig.clock.until(() => rig.events('crashed').length === 1);
  const crashed = waiting(coordinator);
  assert.ok(crashed.reason === 'crashed');
  assert.equal(crashed.error, 'disk full');
  assert.ok(crashed.restartInMs > 0);
  assert.equal(coordinator.snapshot().subscriptions[0]?.state, 'crashed');
  assert.equal(coordinator.snapshot().subscriptions[0]?.lag, 5);
  state.advance = advance;
  await rig.wait(coordinator.idle());
  assert.equal(waiting(coordinator).reason, 'caught-up');
  await coordinator.stop();
});
