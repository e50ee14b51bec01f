import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BucketcastError, PoisonError } from '../../src/base/errors.ts';
import type { Update } from '../../src/base/update.ts';
import { ObjectsRig } from './objects-rig.ts';

test('what is not acknowledged before the process ends is delivered again by the next one, without a listing', async () => {
  const rig = new ObjectsRig();
  for (const url of ['a', 'b', 'c']) await rig.bucket.put(url);
  const first = rig.started();
  const hangs = () => new Promise<void>(() => {});
  await rig.wait(first.subscribe(rig.spec({ deliver: hangs })));
  await rig.clock.until(() => first.snapshot().subscriptions[0]?.waiting.reason === 'delivering');
  await rig.wait(first.stop({ timeoutMs: 0 }));
  const { listings } = rig.bucket;
  const second = rig.coordinator();
  await rig.wait(second.subscribe(rig.spec()));
  await rig.clock.until(() => rig.delivered.length === 3);
  assert.deepEqual([rig.news(), rig.bucket.listings], [['a', 'b', 'c'], listings]);
  assert.equal(second.snapshot().subscriptions[0]?.lag, 0);
  await second.stop();
});

test('what is delivered stays so over a restart', async () => {
  const rig = new ObjectsRig();
  for (const url of ['a', 'b']) await rig.bucket.put(url);
  const first = await rig.idle();
  await first.stop();
  await rig.bucket.put('c');
  const second = await rig.idle();
  assert.deepEqual(rig.delivered, ['a', 'b', 'c']);
  await second.stop();
});

test('a hung subscription and a failing one hold up no other', async () => {
  const rig = new ObjectsRig();
  const coordinator = rig.started();
  const hangs = () => new Promise<void>(() => {});
  const fails = () => {
    throw new Error('no connection');
  };
  await rig.wait(coordinator.subscribe(rig.spec({ name: 'hung', deliver: hangs })));
  await rig.wait(coordinator.subscribe(rig.spec({ name: 'failing', deliver: fails })));
  await rig.wait(coordinator.subscribe(rig.spec()));
  for (const url of ['a', 'b', 'c']) {
    await rig.bucket.put(url);
    await rig.clock.until(() => rig.delivered.includes(url));
  }
  const [hung, failing, all] = coordinator.snapshot().subscriptions;
  assert.deepEqual([hung?.lag, failing?.lag, all?.lag], [3, 3, 0]);
  assert.deepEqual(
    [hung?.waiting.reason, failing?.state, all?.waiting.reason],
    ['delivering', 'paused', 'caught-up'],
  );
  assert.equal(rig.events('paused')[0]?.subscription, 'failing');
  await rig.wait(coordinator.stop({ timeoutMs: 10 }));
});

test('one listing serves every subscription', async () => {
  const rig = new ObjectsRig();
  for (const url of ['a', 'b']) await rig.bucket.put(url);
  const coordinator = await rig.idle();
  await rig.wait(coordinator.subscribe(rig.spec({ name: 'second' })));
  await rig.wait(coordinator.idle());
  assert.deepEqual(rig.news(), ['a', 'a', 'b', 'b']);
  const before = rig.bucket.listings;
  await rig.wait(coordinator.pollNow());
  assert.equal(rig.bucket.listings, before + 1);
  await coordinator.stop();
});

test('nothing is listed while nobody subscribes', async () => {
  const rig = new ObjectsRig();
  const coordinator = rig.started();
  await rig.clock.advance(600_000);
  assert.equal(rig.bucket.listings, 0);
  const subscription = await rig.wait(coordinator.subscribe(rig.spec()));
  await rig.wait(coordinator.idle());
  assert.ok(rig.bucket.listings > 0);
  await subscription.stop();
  const before = rig.bucket.listings;
  await rig.clock.advance(600_000);
  assert.equal(rig.bucket.listings, before);
  await coordinator.stop();
});

test('listings come soon after one that found something, and seldom while nothing happens', async () => {
  const rig = new ObjectsRig({ objects: { pollMinMs: 1000, pollMaxMs: 16_000 } });
  const coordinator = await rig.idle();
  await rig.clock.advance(300_000);
  assert.equal(coordinator.snapshot().poll.intervalMs, 16_000);
  await rig.bucket.put('a');
  await rig.clock.until(() => rig.delivered.length === 1);
  assert.equal(coordinator.snapshot().poll.intervalMs, 1000);
  await coordinator.stop();
});

test('a listing is not followed by another before as much time as it took', async () => {
  const rig = new ObjectsRig({ objects: { pollMinMs: 1000, pollMaxMs: 2000 } });
  const list = rig.bucket.list.bind(rig.bucket);
  const spans: { from: number; to: number }[] = [];
  rig.bucket.list = async (onPage, signal) => {
    const from = rig.clock.monotonic();
    await rig.clock.sleep(60_000, signal);
    const listing = await list(onPage, signal);
    spans.push({ from, to: rig.clock.monotonic() });
    return listing;
  };
  const coordinator = rig.started();
  await rig.wait(coordinator.subscribe(rig.spec()));
  await rig.clock.advance(1_000_000);
  assert.ok(spans.length > 3);
  for (const [index, { from }] of spans.entries()) {
    if (index > 1) assert.ok(from - (spans[index - 1]?.to ?? 0) >= 60_000);
  }
  await coordinator.stop({ timeoutMs: 0 });
});

test('objects that the store refuses are tried on, and the others come through', async () => {
  const rig = new ObjectsRig({ limits: { requestsInFlight: 4 } });
  const refused = new BucketcastError('store-refused', 'access denied');
  for (let n = 0; n < 10; n += 1) await rig.bucket.put(`no${n}`);
  for (let n = 0; n < 10; n += 1) await rig.bucket.put(`yes${n}`, { server: 'b' });
  rig.bucket.failure = (key) => (key.includes('no') ? refused : undefined);
  const coordinator = rig.started();
  await rig.wait(coordinator.subscribe(rig.spec()));
  await rig.clock.until(() => rig.delivered.length === 10);
  await rig.clock.advance(60_000);
  const { lag, waiting } = coordinator.snapshot().subscriptions[0] ?? {};
  assert.deepEqual([lag, waiting?.reason], [10, 'store']);
  rig.bucket.failure = () => undefined;
  await rig.wait(coordinator.idle());
  assert.equal(rig.delivered.length, 20);
  await coordinator.stop();
});

test('objects that the store refuses leave the others their room, however small batches are', async () => {
  const rig = new ObjectsRig({ limits: { requestsInFlight: 4 } });
  const refused = new BucketcastError('store-refused', 'access denied');
  for (let n = 0; n < 10; n += 1) await rig.bucket.put(`no${n}`);
  await rig.bucket.put('yes', { server: 'b' });
  rig.bucket.failure = (key) => (key.includes('no') ? refused : undefined);
  const coordinator = rig.started();
  await rig.wait(coordinator.subscribe(rig.spec({ maxBatch: 1 })));
  await rig.clock.until(() => rig.delivered.length === 1);
  await coordinator.stop();
});

test('an explicit acknowledgement of one update of one server is of that one, not of its neighbours', async () => {
  const rig = new ObjectsRig();
  for (let n = 0; n < 5; n += 1) await rig.bucket.put(`u${n}`);
  let rounds = 0;
  const deliver = (updates: readonly Update[], { ack }: { ack: (upTo?: Update) => void }) => {
    rounds += 1;
    rig.delivered.push(...updates.map(({ url }) => url));
    if (rounds === 1) {
      ack(updates[2]);
      throw new Error('later');
    }
    if (rounds === 2) throw new PoisonError('this one', { update: updates[1] as Update });
    ack();
  };
  const coordinator = await rig.idle({ ack: 'explicit', deliver });
  assert.deepEqual(rig.delivered, ['u0', 'u1', 'u2', 'u3', 'u4', 'u3', 'u4', 'u3']);
  assert.deepEqual(
    rig.state.deadLetters().map(({ url }) => url),
    ['u4'],
  );
  await coordinator.stop();
});

test('a large backlog waits on disk: only what the budget allows is fetched ahead of a hung sink', async () => {
  const rig = new ObjectsRig({ limits: { bytesInFlight: 1 << 20, requestsInFlight: 8 } });
  for (let n = 0; n < 5000; n += 1) await rig.bucket.put(`u${n}`);
  const coordinator = rig.started();
  const hangs = () => new Promise<void>(() => {});
  await rig.wait(coordinator.subscribe(rig.spec({ maxBatch: 50, deliver: hangs })));
  await rig.clock.until(() => rig.events('objects-listed').length > 2);
  const [subscription] = coordinator.snapshot().subscriptions;
  assert.equal(subscription?.lag, 5000);
  assert.deepEqual(subscription?.lagUpdates, { count: 5000, exact: true });
  assert.ok(rig.bucket.fetched.length <= 50 + 2 * 50 + 8, `${rig.bucket.fetched.length} fetched`);
  assert.ok((subscription?.bytesHeld ?? 0) <= 1 << 20);
  assert.ok((subscription?.lagSeconds ?? 0) > 0);
  await rig.wait(coordinator.stop({ timeoutMs: 10 }));
});

test('few objects are held when they are large, and one that is larger than the share still comes', async () => {
  const rig = new ObjectsRig({ limits: { bytesInFlight: 4096 } });
  for (let n = 0; n < 20; n += 1)
    await rig.bucket.put(`u${n}`, { fields: { feed_content: 'x'.repeat(700) } });
  let most = 0;
  const held = () => coordinator.snapshot().subscriptions[0]?.bytesHeld ?? 0;
  rig.bucket.holds = () => {
    most = Math.max(most, held());
    return undefined;
  };
  const coordinator = rig.started();
  await rig.wait(coordinator.subscribe(rig.spec()));
  await rig.wait(coordinator.idle());
  assert.equal(rig.delivered.length, 20);
  assert.ok(most > 0 && most <= 4096 + 2048, `${most} bytes`);
  coordinator.limit({ ...coordinatorLimits, bytesInFlight: 512 });
  await rig.bucket.put('large', { fields: { feed_content: 'x'.repeat(700) } });
  await rig.wait(coordinator.idle());
  assert.equal(rig.delivered.length, 21);
  await coordinator.stop();
});

const coordinatorLimits = {
  requestsInFlight: 8,
  requestsPerSecond: 0,
  uploadBytesPerSecond: 0,
  downloadBytesPerSecond: 0,
  bytesInFlight: 1 << 20,
};

test('a state that cannot be written is told as a crash, and nothing is lost by it', async () => {
  const rig = new ObjectsRig();
  const coordinator = await rig.idle();
  const addPending = rig.state.objects.addPending.bind(rig.state.objects);
  rig.state.objects.addPending = () => {
    throw new BucketcastError('state-unusable', 'the disk is full');
  };
  await rig.bucket.put('a');
  await rig.clock.advance(120_000);
  assert.deepEqual(rig.news(), []);
  assert.ok(rig.events('crashed').length > 0);
  rig.state.objects.addPending = addPending;
  await rig.wait(coordinator.idle());
  assert.deepEqual(rig.news(), ['a']);
  await coordinator.stop();
});

test('an acknowledgement that cannot be kept is none: the updates come again', async () => {
  const rig = new ObjectsRig();
  const coordinator = await rig.idle();
  const advance = rig.state.advance.bind(rig.state);
  rig.state.advance = () => {
    throw new BucketcastError('state-unusable', 'the disk is full');
  };
  for (const url of ['a', 'b']) await rig.bucket.put(url);
  await rig.clock.until(() => rig.events('crashed').length > 1);
  assert.ok(rig.news().length >= 4);
  rig.state.advance = advance;
  await rig.wait(coordinator.idle());
  assert.deepEqual(rig.news(), ['a', 'b']);
  assert.equal(coordinator.snapshot().subscriptions[0]?.lag, 0);
  await coordinator.stop();
});

test('a backlog that an earlier process found is not found anew', async () => {
  const rig = new ObjectsRig();
  for (let n = 0; n < 300; n += 1) await rig.bucket.put(`u${n}`);
  const hangs = () => new Promise<void>(() => {});
  const listed = async () => {
    const coordinator = rig.started();
    const before = rig.events('objects-listed').length;
    await rig.wait(coordinator.subscribe(rig.spec({ deliver: hangs })));
    await rig.clock.until(() => rig.events('objects-listed').length > before + 2);
    const lag = coordinator.snapshot().subscriptions[0]?.lag;
    await rig.wait(coordinator.stop({ timeoutMs: 0 }));
    return lag;
  };
  assert.deepEqual([await listed(), await listed()], [300, 300]);
  assert.equal(
    rig.events('objects-listed').reduce((sum, { found }) => sum + found, 0),
    300,
  );
});
