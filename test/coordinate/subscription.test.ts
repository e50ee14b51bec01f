import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PoisonError } from '../../src/base/errors.ts';
import type { Update } from '../../src/base/update.ts';
import type { DeliveryControl } from '../../src/coordinate/sink-runner.ts';
import { urls } from './fleet-log.ts';
import { published, urlsOf } from './published.ts';

test('a sink that fails gets the same updates again, after a pause that is told', async () => {
  const { rig, coordinator } = await published(3);
  const batches: string[][] = [];
  const deliver = (updates: readonly Update[]) => {
    batches.push(urlsOf(updates));
    if (batches.length < 3) throw new Error('refused');
  };
  await rig.wait(coordinator.subscribe(rig.spec({ deliver })));
  await rig.wait(coordinator.idle());
  assert.deepEqual(batches, [batches[0], batches[0], batches[0]]);
  assert.deepEqual(
    rig.events('paused').map(({ failures }) => failures),
    [1, 2],
  );
  assert.equal(rig.events('resumed').length, 1);
  assert.deepEqual(rig.positions(), { 'a/0': '3.0' });
  await coordinator.stop();
});

test('a position never passes what the sink has not acknowledged', async () => {
  const { rig, coordinator } = await published(4);
  const deliver = () => Promise.reject(new Error('away'));
  await rig.wait(coordinator.subscribe(rig.spec({ deliver })));
  await rig.clock.advance(60_000);
  assert.deepEqual(rig.positions(), { 'a/0': '0.0' });
  assert.equal(coordinator.snapshot().subscriptions[0]?.state, 'paused');
  await coordinator.stop();
  assert.equal(rig.clock.pending, 0);
});

test('an update that the sink blames by name becomes a dead letter, and the others are delivered', async () => {
  const { rig, coordinator } = await published(1, ['x', 'bad', 'y']);
  const deliver = (updates: readonly Update[]) => {
    const update = updates.find(({ url }) => url === 'bad');
    if (update !== undefined) throw new PoisonError('cannot be', { update });
    rig.delivered.push(...urlsOf(updates));
  };
  await rig.wait(coordinator.subscribe(rig.spec({ deliver })));
  await rig.wait(coordinator.idle());
  assert.deepEqual(rig.delivered, ['x', 'y']);
  const [letter] = rig.state.deadLetters();
  assert.deepEqual(
    [letter?.reason, letter?.url, letter?.index, letter?.message],
    ['poison', 'bad', 1, 'cannot be'],
  );
  assert.deepEqual(
    rig.events('dead-letter').map(({ id }) => id),
    [letter?.id],
  );
  assert.deepEqual(rig.events('paused'), []);
  assert.deepEqual(rig.positions(), { 'a/0': '1.0' });
  await coordinator.stop();
});

test('an update that the sink blames without naming it is found one by one', async () => {
  const { rig, coordinator } = await published(1, ['x', 'bad', 'y', 'worse', 'z']);
  const calls: string[][] = [];
  const deliver = (updates: readonly Update[]) => {
    calls.push(urlsOf(updates));
    if (updates.some(({ url }) => url === 'bad' || url === 'worse')) throw new PoisonError('cannot be');
  };
  await rig.wait(coordinator.subscribe(rig.spec({ deliver })));
  await rig.wait(coordinator.idle());
  assert.deepEqual(calls.slice(1), [['x'], ['bad'], ['y'], ['worse'], ['z']]);
  assert.deepEqual(
    rig.state.deadLetters().map(({ url }) => url),
    ['bad', 'worse'],
  );
  await coordinator.stop();
});

test('an update whose content is not JSON becomes a dead letter when the sink reads it', async () => {
  const { rig, writer, coordinator } = await published(1);
  await rig.log.segment(writer, 1, ['bad'], { content: ['x'], badJson: true });
  await rig.log.segment(writer, 2, ['good'], { content: ['x'] });
  await rig.log.tip(writer, { next: 3, oldest: 0 });
  const deliver = (updates: readonly Update[]) => {
    const contents = updates.map(({ content }) => JSON.stringify(content));
    rig.delivered.push(...contents);
  };
  await rig.wait(coordinator.subscribe(rig.spec({ deliver })));
  await rig.wait(coordinator.idle());
  assert.deepEqual(rig.delivered, ['null', '["x"]']);
  const [letter] = rig.state.deadLetters();
  assert.deepEqual([letter?.reason, letter?.url, letter?.sequence], ['poison', 'bad', 1]);
  assert.match(letter?.message ?? '', /not JSON/);
  await coordinator.stop();
});

test('a stop waits for the delivery under way, and takes its acknowledgement', async () => {
  const { rig, coordinator } = await published(2);
  const sink = Promise.withResolvers<void>();
  let called = false;
  const deliver = () => {
    called = true;
    return sink.promise;
  };
  await rig.wait(coordinator.subscribe(rig.spec({ deliver, maxBatch: 1 })));
  await rig.clock.until(() => called);
  const stopped = coordinator.stop({ timeoutMs: 5000 });
  sink.resolve();
  await rig.wait(stopped);
  assert.deepEqual(rig.positions(), { 'a/0': '1.0' });
  assert.equal(rig.clock.pending, 0);
});

test('a stop that has waited long enough aborts the delivery and leaves it unacknowledged', async () => {
  const { rig, coordinator } = await published(2);
  let signal: AbortSignal | undefined;
  const deliver = (_updates: readonly Update[], control: DeliveryControl) => {
    signal = control.signal;
    return new Promise<void>(() => {});
  };
  await rig.wait(coordinator.subscribe(rig.spec({ deliver })));
  await rig.clock.until(() => signal !== undefined);
  const before = rig.clock.monotonic();
  await rig.wait(coordinator.stop({ timeoutMs: 5000 }));
  assert.equal(rig.clock.monotonic() - before, 5000);
  assert.equal(signal?.aborted, true);
  assert.deepEqual(rig.positions(), { 'a/0': '0.0' });
});

test('a subscription without a name delivers everything and remembers nothing', async () => {
  const { rig, coordinator } = await published(3);
  const { name: _, ...spec } = rig.spec();
  for (let round = 0; round < 2; round += 1) {
    const subscription = await rig.wait(coordinator.subscribe(spec));
    await rig.wait(coordinator.idle());
    await subscription.stop();
  }
  assert.deepEqual(rig.delivered, [...urls('a', 0, 3), ...urls('a', 0, 3)]);
  assert.deepEqual(rig.state.subscriptions(), []);
  await coordinator.stop();
});

test('a paused subscription does not hold up another', async () => {
  const { rig, coordinator } = await published(50);
  await rig.wait(
    coordinator.subscribe(rig.spec({ name: 'stuck', deliver: () => Promise.reject(new Error('away')) })),
  );
  await rig.wait(coordinator.subscribe(rig.spec({ name: 'fine' })));
  await rig.clock.until(() => rig.delivered.length === 50);
  assert.deepEqual(rig.positions('stuck'), { 'a/0': '0.0' });
  assert.deepEqual(rig.positions('fine'), { 'a/0': '50.0' });
  await coordinator.stop();
});

test('subscriptions that read the same news share each fetch', async () => {
  const { rig, coordinator } = await published(20);
  const both = [
    coordinator.subscribe(rig.spec({ name: 'one' })),
    coordinator.subscribe(rig.spec({ name: 'two' })),
  ];
  await rig.wait(Promise.all(both));
  await rig.wait(coordinator.idle());
  assert.equal(rig.delivered.length, 40);
  assert.equal(rig.store.count('get', '/log/'), 20);
  await coordinator.stop();
});

test('a name that runs already, or a start that is none, is refused', async () => {
  const { rig, coordinator } = await published(1);
  await rig.wait(coordinator.subscribe(rig.spec()));
  await assert.rejects(coordinator.subscribe(rig.spec()), { code: 'invalid-settings' });
  await assert.rejects(coordinator.subscribe(rig.spec({ name: 'x', from: 'yesterday' })), {
    code: 'invalid-settings',
  });
  await coordinator.stop();
  await assert.rejects(coordinator.subscribe(rig.spec({ name: 'y' })), { code: 'closed' });
});
