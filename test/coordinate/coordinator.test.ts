import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DAY, MINUTE } from '../../src/config/units.ts';
import { settle } from '../support/fake-clock.ts';
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

test('another process goes on where the one before it was acknowledged', async () => {
  const rig = new Rig();
  const writer = rig.log.writer('a');
  await rig.log.segment(writer, 0, ['1', '2', '3']);
  await rig.log.tip(writer, { next: 1, oldest: 0 });
  let batches = 0;
  const killed = rig.coordinator();
  killed.start();
  const deliver = () => {
    batches += 1;
    return batches === 2 ? new Promise<void>(() => {}) : undefined;
  };
  await rig.wait(killed.subscribe(rig.spec({ maxBatch: 1, deliver })));
  await rig.clock.until(() => batches === 2);
  const next = rig.coordinator();
  next.start();
  await rig.wait(next.subscribe(rig.spec()));
  await rig.wait(next.idle());
  assert.deepEqual(rig.delivered, ['2', '3']);
  await next.stop();
  await rig.wait(killed.stop());
});

test('a store that is away at the start is told by events, and waited for', async () => {
  const rig = new Rig();
  await rig.log.publish(rig.log.writer('a'), 2);
  rig.store.fails = () => true;
  const coordinator = rig.coordinator();
  coordinator.start();
  const subscribed = coordinator.subscribe(rig.spec());
  await rig.clock.until(() => rig.events('poll-failed').length === 10);
  assert.deepEqual(rig.state.subscriptions(), [], 'it exists only with its start vector');
  await assert.rejects(rig.wait(coordinator.pollNow()), { code: 'store-unavailable' });
  rig.store.fails = () => false;
  await rig.wait(subscribed);
  await rig.wait(coordinator.idle());
  assert.deepEqual(rig.delivered, urls('a', 0, 2));
  await coordinator.stop();
});

test('a stop gives back everybody who waits', async () => {
  const rig = new Rig();
  rig.store.fails = () => true;
  const coordinator = rig.coordinator();
  coordinator.start();
  const waiting = [coordinator.subscribe(rig.spec()), coordinator.idle(), coordinator.pollNow()];
  for (const promise of waiting) promise.catch(() => {});
  await settle();
  await coordinator.stop();
  const results = await Promise.allSettled(waiting);
  assert.deepEqual(
    results.map((result) => result.status === 'rejected' && (result.reason as { code: string }).code),
    ['closed', 'closed', 'closed'],
  );
  assert.equal(rig.clock.pending, 0);
});

test('own writers are not even fetched, unless asked for', async () => {
  const rig = new Rig();
  const own = rig.log.writer('own', { server: 'reader', hostId: rig.state.hostId });
  const namesake = rig.log.writer('namesake', { server: 'reader' });
  rig.state.recordWriter(own, 1);
  await rig.log.publish(own, 3);
  await rig.log.publish(namesake, 3);
  const batch = await rig.log.park({ [own]: { next: 3, oldest: 0 } });
  const coordinator = rig.coordinator();
  coordinator.start();
  await rig.wait(coordinator.subscribe(rig.spec()));
  await rig.wait(coordinator.idle());
  assert.deepEqual(rig.delivered, urls('namesake', 0, 3), 'two machines of one name read each other');
  assert.equal(rig.store.count('get', '/log/'), 3);
  assert.deepEqual(rig.state.seenBatches('all'), [batch]);
  await rig.wait(coordinator.subscribe(rig.spec({ name: 'both', includeOwn: true })));
  await rig.wait(coordinator.idle());
  assert.equal(rig.delivered.length, 9);
  await coordinator.stop();
});

test('latest begins behind everything that exists, and misses nothing after it', async () => {
  const rig = new Rig();
  const writer = rig.log.writer('a');
  await rig.log.publish(writer, 5);
  const coordinator = rig.coordinator();
  coordinator.start();
  await rig.wait(coordinator.subscribe(rig.spec({ from: 'latest' })));
  await rig.log.publish(writer, 7, 5);
  await rig.log.publish(rig.log.writer('b'), 1);
  await rig.wait(coordinator.idle());
  assert.deepEqual([...rig.delivered].sort(), ['a/5', 'a/6', 'b/0']);
  await coordinator.stop();
});

test('latest also begins behind parked lanes that nobody else has to read any more', async () => {
  const rig = new Rig();
  const writer = rig.log.writer('p');
  await rig.log.publish(writer, 2);
  await rig.log.park({ [writer]: { next: 2, oldest: 0 } });
  const before = rig.coordinator();
  before.start();
  await rig.wait(before.subscribe(rig.spec()));
  await rig.wait(before.idle());
  await rig.wait(before.pollNow());
  await before.stop();
  rig.delivered.length = 0;
  const after = rig.coordinator();
  after.start();
  await rig.wait(after.subscribe(rig.spec()));
  await rig.wait(after.subscribe(rig.spec({ name: 'new', from: 'latest' })));
  await rig.wait(after.idle());
  assert.deepEqual(rig.delivered, []);
  assert.deepEqual(rig.positions('new'), { 'p/0': '2.0' });
  await after.stop();
});

test('earliest begins at what retention has left, without reporting what went before', async () => {
  const rig = new Rig();
  const writer = rig.log.writer('a');
  await rig.log.segments(writer, 3, 5);
  await rig.log.tip(writer, { next: 5, oldest: 3 });
  const coordinator = rig.coordinator();
  coordinator.start();
  await rig.wait(coordinator.subscribe(rig.spec()));
  await rig.wait(coordinator.idle());
  assert.deepEqual(rig.delivered, urls('a', 3, 5));
  assert.deepEqual(rig.state.deadLetters(), []);
  await coordinator.stop();
});

test('a time begins at the first segment stored since', async () => {
  const rig = new Rig();
  const writer = rig.log.writer('a');
  const start = rig.clock.now();
  for (let at = 0; at < 50; at += 1) {
    await rig.log.segments(writer, at, at + 1);
    await rig.clock.advance(MINUTE);
  }
  await rig.log.tip(writer, { next: 50, oldest: 0 });
  const coordinator = rig.coordinator();
  coordinator.start();
  const from = new Date(start + 37 * MINUTE).toISOString();
  await rig.wait(coordinator.subscribe(rig.spec({ from })));
  await rig.wait(coordinator.idle());
  assert.deepEqual(rig.delivered, urls('a', 37, 50));
  await coordinator.stop();
});

test('a hint makes a node look at once, unless it says nothing new', async () => {
  const rig = new Rig();
  const writer = rig.log.writer('a');
  await rig.log.publish(writer, 1);
  const coordinator = rig.coordinator();
  coordinator.start();
  await rig.wait(coordinator.subscribe(rig.spec()));
  await rig.wait(coordinator.idle());
  await rig.clock.advance(5 * MINUTE);
  const polls = rig.events('poll').length;
  coordinator.hint(writer, new Map([[0, 1]]));
  await rig.clock.advance(1);
  assert.equal(rig.events('poll').length, polls);
  await rig.log.publish(writer, 2, 1);
  coordinator.hint(writer, new Map([[0, 2]]));
  await rig.clock.advance(1);
  assert.deepEqual(rig.delivered, urls('a', 0, 2));
  await coordinator.stop();
});

test('a node that was away for longer than the fleet remembers reports an unknown loss, once', async () => {
  const forgetAfterMs = 30 * DAY;
  const rig = new Rig({ forgetAfterMs });
  const run = async () => {
    const coordinator = rig.coordinator();
    coordinator.start();
    await rig.wait(coordinator.subscribe(rig.spec()));
    await rig.wait(coordinator.idle());
    await coordinator.stop();
  };
  await run();
  await rig.clock.advance(29 * DAY);
  await run();
  assert.deepEqual(rig.events('unknown-loss'), []);
  await rig.clock.advance(31 * DAY);
  await run();
  await run();
  assert.equal(rig.events('unknown-loss').length, 1);
});

test('a node that runs, but was suspended or cut off from the store for that long, reports it too', async () => {
  const rig = new Rig({ forgetAfterMs: DAY, poll: { maxMs: 10 * MINUTE } });
  const coordinator = rig.coordinator();
  coordinator.start();
  await rig.wait(coordinator.subscribe(rig.spec({})));
  await rig.clock.advance(3 * DAY);
  assert.deepEqual(rig.events('unknown-loss'), []);
  rig.store.fails = () => true;
  await rig.clock.advance(2 * DAY);
  rig.store.fails = () => false;
  await rig.wait(coordinator.idle());
  assert.equal(rig.events('unknown-loss').length, 1);
  await coordinator.stop();
  const next = rig.coordinator();
  next.start();
  await rig.wait(next.subscribe(rig.spec({})));
  await rig.wait(next.idle());
  assert.equal(rig.events('unknown-loss').length, 1, 'and remembers that it has');
  await next.stop();
});

test('waiting for idleness ends also when a subscription could not be made', async () => {
  const rig = new Rig();
  const coordinator = rig.coordinator();
  coordinator.start();
  await rig.wait(coordinator.pollNow());
  const create = rig.state.createSubscription.bind(rig.state);
  rig.state.createSubscription = () => {
    throw new Error('the disk is full');
  };
  const subscribed = coordinator.subscribe(rig.spec());
  const idle = coordinator.idle();
  await assert.rejects(rig.wait(subscribed), /the disk is full/);
  await rig.wait(idle, MINUTE);
  rig.state.createSubscription = create;
  await coordinator.stop();
});

test('listeners are told every listing of tips, of what verified', async () => {
  const rig = new Rig();
  const writer = rig.log.writer('a');
  const parked = rig.log.writer('p');
  const tip = await rig.log.tip(writer, { next: 0, oldest: 0 });
  const batch = await rig.log.park({ [parked]: { next: 0, oldest: 0 } });
  const coordinator = rig.coordinator();
  const told: unknown[] = [];
  const off = coordinator.onTips(({ tips, batches, time }) =>
    told.push([tips.map(({ key }) => key), batches, time]),
  );
  coordinator.start();
  await rig.wait(coordinator.pollNow());
  assert.deepEqual(told, [[[tip], [batch], rig.clock.now()]]);
  off();
  await rig.wait(coordinator.pollNow());
  assert.equal(told.length, 1);
  await coordinator.stop();
});

test('a name that is remembered for the objects layout is refused', async () => {
  const rig = new Rig();
  rig.state.createObjectSubscription('all', 'earliest', rig.state.objects.begin(), 0);
  const coordinator = rig.coordinator();
  coordinator.start();
  await assert.rejects(rig.wait(coordinator.subscribe(rig.spec())), {
    code: 'invalid-settings',
    message: /reads the objects layout/,
  });
  await coordinator.stop();
});
