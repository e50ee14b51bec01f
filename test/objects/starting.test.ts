import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isBucketcastError } from '../../src/base/errors.ts';
import { ObjectsRig } from './objects-rig.ts';

test('from `latest` only what a complete listing did not have is delivered', async () => {
  const rig = new ObjectsRig();
  rig.bucket.pageSize = 2;
  for (const url of ['a', 'b', 'c']) await rig.bucket.put(url);
  const coordinator = await rig.idle({ from: 'latest' });
  assert.deepEqual(rig.news(), []);
  await rig.bucket.put('0');
  await rig.bucket.put('a');
  await rig.wait(coordinator.idle());
  assert.deepEqual(rig.news(), ['0', 'a']);
  await coordinator.stop();
});

test('from a time on, objects from before it count as seen', async () => {
  const rig = new ObjectsRig();
  await rig.bucket.put('z-before');
  await rig.clock.advance(10_000);
  const from = new Date(rig.clock.now()).toISOString();
  await rig.bucket.put('a-at');
  await rig.clock.advance(10_000);
  await rig.bucket.put('b-after');
  const coordinator = await rig.idle({ from });
  assert.deepEqual(rig.news(), ['a-at', 'b-after']);
  await coordinator.stop();
});

test('a subscription from `latest` exists once a listing was complete, however many failed before', async () => {
  const rig = new ObjectsRig();
  rig.bucket.pageSize = 1;
  for (const url of ['a', 'b']) await rig.bucket.put(url);
  rig.bucket.failsAfter = () => 1;
  const coordinator = rig.started();
  const subscribed = coordinator.subscribe(rig.spec({ from: 'latest' }));
  await rig.clock.advance(120_000);
  assert.deepEqual(rig.state.subscriptions(), []);
  rig.bucket.failsAfter = () => undefined;
  await rig.wait(subscribed);
  assert.equal(rig.state.subscription('all')?.layout, 'objects');
  await rig.wait(coordinator.idle());
  assert.deepEqual(rig.news(), []);
  await coordinator.stop();
});

test('a start set that a process did not finish is begun again by the next one, and leaves nothing behind', async () => {
  const rig = new ObjectsRig();
  for (const url of ['a', 'b']) await rig.bucket.put(url);
  const first = rig.started();
  const { objects } = rig.state;
  const addSeen = objects.addSeen.bind(objects);
  let stopping: Promise<void> | undefined;
  objects.addSeen = (reader, digests) => {
    addSeen(reader, digests);
    stopping ??= first.stop({ timeoutMs: 0 });
  };
  await assert.rejects(rig.wait(first.subscribe(rig.spec({ from: 'latest' }))), { code: 'closed' });
  await stopping;
  const leftover = objects.unfinished()[0] as number;
  assert.equal(objects.seen(leftover, new Uint8Array(), 9).length, 32);
  assert.deepEqual(rig.state.subscriptions(), []);
  objects.addSeen = addSeen;
  // Written while no subscription exists yet.
  await rig.bucket.put('c');
  const second = await rig.idle({ from: 'latest' });
  assert.deepEqual([rig.news(), objects.unfinished()], [[], []]);
  assert.equal(objects.seen(leftover, new Uint8Array(), 9).length, 0);
  await second.stop();
});

test('a subscription from `earliest` exists while the store is away', async () => {
  const rig = new ObjectsRig();
  rig.bucket.failsAfter = () => 0;
  await rig.bucket.put('a');
  const coordinator = rig.started();
  await rig.wait(coordinator.subscribe(rig.spec()));
  assert.equal(coordinator.snapshot().subscriptions[0]?.waiting.reason, 'first-poll');
  rig.bucket.failsAfter = () => undefined;
  await rig.wait(coordinator.idle());
  assert.deepEqual(rig.news(), ['a']);
  await coordinator.stop();
});

test('one without a name delivers, tells what it could not, and is forgotten with its process', async () => {
  const rig = new ObjectsRig();
  await rig.bucket.put('a');
  await rig.bucket.store.put('feed-updates/a/bad.json', Buffer.from('{'));
  const { name: _, ...unnamed } = rig.spec();
  const coordinator = rig.started();
  const subscription = await rig.wait(coordinator.subscribe(unnamed));
  await rig.wait(coordinator.idle());
  assert.deepEqual([rig.news(), rig.state.subscriptions(), rig.state.deadLetters()], [['a'], [], []]);
  assert.deepEqual(
    rig.events('dead-letter').map(({ id, reason }) => [id, reason]),
    [[0, 'corrupt']],
  );
  assert.equal(subscription.name, 'unnamed-1/objects');
  await coordinator.stop();
});

test('a name that is running, or remembered for the log, is refused', async () => {
  const rig = new ObjectsRig();
  rig.state.createSubscription('pages', 'earliest', [], 0);
  const coordinator = await rig.idle();
  for (const [name, message] of [
    ['all', /running already/],
    ['pages', /reads the log/],
  ] as const) {
    await assert.rejects(coordinator.subscribe(rig.spec({ name })), (error) => {
      assert.ok(isBucketcastError(error, 'invalid-settings'));
      assert.match(error.message, message);
      return true;
    });
  }
  await assert.rejects(coordinator.subscribe(rig.spec({ name: 'x', from: 'soon' })), /ISO 8601/);
  await coordinator.stop();
});

test('one that has read the objects of another place is refused, and goes on once it is back', async () => {
  const rig = new ObjectsRig();
  await rig.bucket.put('a');
  const first = await rig.idle({ from: 'latest' });
  await first.stop();
  const at = (place: string) => {
    const coordinator = rig.coordinator({ parts: { place } });
    coordinator.start();
    return coordinator;
  };
  const adopting = at('here');
  await rig.wait(adopting.subscribe(rig.spec({ from: 'latest' })));
  await adopting.stop();
  const elsewhere = at('there');
  await assert.rejects(rig.wait(elsewhere.subscribe(rig.spec({ from: 'latest' }))), (error) => {
    assert.ok(isBucketcastError(error, 'invalid-settings'));
    assert.match(error.message, /objects\.url .*objects\.prefix/);
    assert.match(error.hint ?? '', /another name.* back/);
    return true;
  });
  await rig.wait(elsewhere.subscribe(rig.spec({ name: 'other', from: 'latest' })));
  await elsewhere.stop();
  await rig.bucket.put('b');
  const back = at('here');
  await rig.wait(back.subscribe(rig.spec({ from: 'latest' })));
  await rig.wait(back.idle());
  assert.deepEqual(rig.news(), ['b']);
  await back.stop();
});

test('memory is divided among the readers of both layouts', async () => {
  let others = 0;
  const rig = new ObjectsRig({ limits: { bytesInFlight: 1 << 20 }, parts: { otherReaders: () => others } });
  const hangs = () => new Promise<void>(() => {});
  for (let n = 0; n < 50; n += 1)
    await rig.bucket.put(`u${n}`, { fields: { feed_content: 'x'.repeat(500) } });
  const fetched = async (count: number) => {
    others = count;
    const coordinator = rig.started();
    await rig.wait(coordinator.subscribe(rig.spec({ maxBatch: 1, deliver: hangs })));
    await rig.clock.until(() => coordinator.snapshot().subscriptions[0]?.waiting.reason === 'delivering');
    await rig.clock.advance(60_000);
    const held = coordinator.snapshot().subscriptions[0]?.bytesHeld ?? 0;
    await rig.wait(coordinator.stop({ timeoutMs: 0 }));
    return held;
  };
  assert.ok((await fetched(0)) > 40_000);
  assert.ok((await fetched(63)) <= 16_384);
});
