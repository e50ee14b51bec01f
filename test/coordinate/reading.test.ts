import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Update } from '../../src/base/update.ts';
import { MINUTE } from '../../src/config/units.ts';
import { segmentKey } from '../../src/log/keys.ts';
import { urls } from './fleet-log.ts';
import { Rig, type RigOptions } from './rig.ts';

async function subscribed(rig: Rig, options?: RigOptions) {
  const coordinator = rig.coordinator(options);
  coordinator.start();
  await rig.wait(coordinator.subscribe(rig.spec()));
  return coordinator;
}

test('fetches that complete in any order are delivered in order', async () => {
  const rig = new Rig();
  await rig.log.publish(rig.log.writer('a'), 60);
  rig.store.holds = (call) => (call === 'get' ? rig.clock.sleep(rig.random.below(5000)) : undefined);
  const coordinator = await subscribed(rig);
  await rig.wait(coordinator.idle());
  assert.deepEqual(rig.delivered, urls('a', 0, 60));
  await coordinator.stop();
});

test('the heads of a hundred lanes are fetched before anything is read ahead', async () => {
  const rig = new Rig({ limits: { requestsInFlight: 1000 } });
  const names = Array.from({ length: 100 }, (_, at) => `w${at}`);
  for (const name of names) await rig.log.publish(rig.log.writer(name), 4);
  let open = false;
  rig.store.holds = (call) => (call === 'get' && !open ? rig.clock.sleep(10) : undefined);
  const coordinator = await subscribed(rig);
  await rig.clock.until(() => rig.store.count('get', '/log/') >= 100);
  const first = rig.store.calls.filter(({ key }) => key.includes('/log/')).slice(0, 100);
  assert.ok(first.every(({ key }) => key.endsWith('0000000000')));
  open = true;
  await rig.wait(coordinator.idle());
  assert.equal(rig.delivered.length, 400);
  for (const name of names) {
    assert.deepEqual(
      rig.delivered.filter((url) => url.startsWith(`${name}/`)),
      urls(name, 0, 4),
    );
  }
  await coordinator.stop();
});

test('a long lane does not keep short ones waiting', async () => {
  const rig = new Rig({ limits: { requestsInFlight: 8 } });
  await rig.log.publish(rig.log.writer('long'), 300);
  for (let at = 0; at < 10; at += 1) await rig.log.publish(rig.log.writer(`short${at}`), 1);
  rig.store.holds = (call) => (call === 'get' ? rig.clock.sleep(10) : undefined);
  const coordinator = await subscribed(rig);
  await rig.wait(coordinator.idle());
  const lastShort = rig.delivered.findLastIndex((url) => url.startsWith('short'));
  assert.ok(lastShort < 60, `the last short one came as number ${lastShort}`);
  await coordinator.stop();
});

test('lanes that all have something ready take turns', async () => {
  const rig = new Rig();
  for (const name of ['a', 'b', 'c']) await rig.log.publish(rig.log.writer(name), 30);
  const coordinator = rig.coordinator();
  coordinator.start();
  const deliver = async (updates: readonly Update[]) => {
    await rig.clock.sleep(100);
    rig.delivered.push(...updates.map(({ url }) => url));
  };
  await rig.wait(coordinator.subscribe(rig.spec({ maxBatch: 1, deliver })));
  await rig.wait(coordinator.idle());
  for (let at = 3; at < 90; at += 3) {
    const round = rig.delivered.slice(at, at + 3).map((url) => url[0]);
    assert.equal(new Set(round).size, 3, `from ${at}: ${round.join()}`);
  }
  await coordinator.stop();
});

test('the head of a lane is fetched though others read ahead as far as memory allows', async () => {
  const rig = new Rig({ limits: { bytesInFlight: 1 << 20 } });
  const content = 'x'.repeat(100_000);
  const slow = rig.log.writer('slow');
  for (let at = 0; at < 30; at += 1) await rig.log.segment(slow, at, [`slow/${at}`], { content });
  await rig.log.tip(slow, { next: 30, oldest: 0 });
  const head = segmentKey({ writer: slow, lane: 0 }, 0);
  const open = Promise.withResolvers<void>();
  rig.store.holds = (_call, key) => (key === head ? open.promise : undefined);
  const coordinator = await subscribed(rig);
  await rig.clock.advance(MINUTE);
  const held = coordinator.snapshot().bytesHeld;
  assert.ok(held <= 1.2 * (1 << 20), `${held} bytes are held`);
  await rig.log.publish(rig.log.writer('other'), 3);
  await rig.clock.until(() => rig.delivered.length === 3);
  open.resolve();
  await rig.wait(coordinator.idle());
  assert.deepEqual(rig.delivered, [...urls('other', 0, 3), ...urls('slow', 0, 30)]);
  await coordinator.stop();
});

test('a lane that begins with a small segment is not taken for one of small segments', async () => {
  const limit = 1 << 20;
  const rig = new Rig({ limits: { bytesInFlight: limit } });
  const writer = rig.log.writer('a');
  await rig.log.publish(writer, 1);
  const coordinator = await subscribed(rig);
  await rig.wait(coordinator.idle());
  const content = 'x'.repeat(256 << 10);
  for (let at = 1; at < 30; at += 1) await rig.log.segment(writer, at, [`a/${at}`], { content });
  await rig.log.tip(writer, { next: 30, oldest: 0 });
  const open = Promise.withResolvers<void>();
  const head = segmentKey({ writer, lane: 0 }, 1);
  rig.store.holds = (_call, key) => (key === head ? open.promise : undefined);
  await rig.clock.advance(MINUTE);
  assert.deepEqual(rig.delivered, ['a/0']);
  const held = coordinator.snapshot().bytesHeld;
  assert.ok(held <= limit, `${held} bytes are held`);
  open.resolve();
  await rig.wait(coordinator.idle());
  assert.deepEqual(rig.delivered, urls('a', 0, 30));
  await coordinator.stop();
});

test('a segment larger than all the memory allowed is still read', async () => {
  const rig = new Rig({ limits: { bytesInFlight: 1 << 20 } });
  const writer = rig.log.writer('a');
  for (const at of [0, 1, 2])
    await rig.log.segment(writer, at, [`a/${at}`], { content: 'x'.repeat(3 << 20) });
  await rig.log.tip(writer, { next: 3, oldest: 0 });
  const coordinator = await subscribed(rig);
  await rig.wait(coordinator.idle());
  assert.deepEqual(rig.delivered, urls('a', 0, 3));
  await coordinator.stop();
});

test('a segment that stays missing is reported with its key, and the lane goes on', async () => {
  const rig = new Rig();
  const writer = rig.log.writer('a');
  await rig.log.publish(writer, 5);
  await rig.log.trim(writer, 2, 3);
  const coordinator = await subscribed(rig);
  await rig.clock.advance(50_000);
  assert.deepEqual(rig.delivered, urls('a', 0, 2));
  assert.equal(coordinator.lanes('all')?.[0]?.trouble, 'missing');
  await rig.wait(coordinator.idle());
  assert.deepEqual(rig.delivered, [...urls('a', 0, 2), ...urls('a', 3, 5)]);
  const key = segmentKey({ writer, lane: 0 }, 2);
  const gap = { subscription: 'all', writer, lane: 0, reason: 'missing', from: 2, to: 3, key };
  assert.deepEqual(rig.events('gap'), [gap]);
  assert.deepEqual(
    rig.state.deadLetters().map(({ reason, sequence, endSequence }) => [reason, sequence, endSequence]),
    [['missing', 2, 3]],
  );
  await coordinator.stop();
});

test('a segment that is late is waited for, not reported', async () => {
  const rig = new Rig();
  const writer = rig.log.writer('a');
  await rig.log.tip(writer, { next: 3, oldest: 0 });
  await rig.log.segments(writer, 1, 3);
  const coordinator = await subscribed(rig);
  await rig.clock.advance(40_000);
  await rig.log.segments(writer, 0, 1);
  await rig.wait(coordinator.idle());
  assert.deepEqual(rig.delivered, urls('a', 0, 3));
  assert.deepEqual(rig.state.deadLetters(), []);
  await coordinator.stop();
});

test('a segment that retention took is reported as expired as soon as a tip says so', async () => {
  const rig = new Rig();
  const writer = rig.log.writer('a');
  await rig.log.publish(writer, 6);
  await rig.log.trim(writer, 0, 3);
  const coordinator = await subscribed(rig);
  await rig.clock.advance(5000);
  assert.deepEqual(rig.delivered, []);
  await rig.log.tip(writer, { next: 6, oldest: 4 });
  await rig.wait(coordinator.idle(), 20_000);
  assert.deepEqual(rig.delivered, urls('a', 3, 6), 'what still exists below oldest is read');
  assert.deepEqual(
    rig.events('gap').map(({ reason, from, to }) => [reason, from, to]),
    [['expired', 0, 3]],
  );
  await coordinator.stop();
});

test('a lane that appears later begins at 0, and what is gone of it is a reported loss', async () => {
  const rig = new Rig();
  const coordinator = await subscribed(rig);
  const writer = rig.log.writer('a');
  await rig.log.segments(writer, 7, 9);
  await rig.log.tip(writer, { next: 9, oldest: 7 });
  await rig.wait(coordinator.idle());
  assert.deepEqual(rig.delivered, urls('a', 7, 9));
  assert.deepEqual(
    rig.events('gap').map(({ reason, from, to }) => [reason, from, to]),
    [['expired', 0, 7]],
  );
  await coordinator.stop();
});

test('bad bytes become a dead letter with a copy after fresh GETs, and the lane goes on', async () => {
  const rig = new Rig();
  const writer = rig.log.writer('a');
  await rig.log.publish(writer, 3);
  const key = await rig.log.segment(writer, 1, ['a/1'], { damage: (body) => body.fill(0, 60) });
  const coordinator = await subscribed(rig);
  await rig.wait(coordinator.idle());
  assert.deepEqual(rig.delivered, ['a/0', 'a/2']);
  assert.equal(rig.store.count('get', key), 3);
  const [letter] = rig.state.deadLetters();
  assert.deepEqual([letter?.reason, letter?.key], ['corrupt', key]);
  assert.ok((letter?.bytes?.length ?? 0) > 60);
  await coordinator.stop();
});

test('a store that fails every other request delays delivery and changes nothing else', async () => {
  const rig = new Rig();
  await rig.log.publish(rig.log.writer('a'), 40);
  rig.store.fails = () => rig.random.chance(0.5);
  const coordinator = await subscribed(rig);
  await rig.wait(coordinator.idle());
  assert.deepEqual(rig.delivered, urls('a', 0, 40));
  assert.deepEqual(rig.state.deadLetters(), []);
  await coordinator.stop();
});

test('a lane actor that crashes goes on where the subscription has taken it, in order', async () => {
  const rig = new Rig();
  const writer = rig.log.writer('a');
  await rig.log.publish(writer, 30);
  rig.store.holds = (call) => (call === 'get' ? rig.clock.sleep(rig.random.below(50)) : undefined);
  const coordinator = rig.coordinator();
  let crashes = 0;
  const monotonic = rig.clock.monotonic.bind(rig.clock);
  coordinator.start();
  await rig.wait(coordinator.subscribe(rig.spec({ maxBatch: 2 })));
  // Whatever throws inside an actor will do: here the clock does, when a lane handles a message.
  rig.clock.monotonic = () => {
    const stack = new Error().stack ?? '';
    const due = crashes < 5 && rig.delivered.length >= 4 * (crashes + 1);
    if (due && /lane-reader/.test(stack) && !/supervisor/.test(stack)) {
      crashes += 1;
      throw new Error('a bug');
    }
    return monotonic();
  };
  await rig.wait(coordinator.idle());
  assert.deepEqual(rig.delivered, urls('a', 0, 30));
  assert.equal(crashes, 5);
  assert.ok(rig.events('crashed').length >= 5);
  await coordinator.stop();
});
