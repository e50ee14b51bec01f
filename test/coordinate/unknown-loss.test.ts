import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DAY, HOUR, MINUTE } from '../../src/config/units.ts';
import { CurrentMark } from '../../src/coordinate/current-mark.ts';
import type { SubscriptionSpec } from '../../src/coordinate/subscription.ts';
import type { FleetKeys } from '../../src/log/fleet-keys.ts';
import { parkedKey } from '../../src/log/keys.ts';
import { urls } from './fleet-log.ts';
import { Rig, type RigOptions } from './rig.ts';

const options = { forgetAfterMs: HOUR, poll: { maxMs: MINUTE } };
const away = () => Promise.reject(new Error('the sink is away'));

/** One process that reads the subscription for so long. */
async function run(rig: Rig, ms: number, spec: Partial<SubscriptionSpec> = {}, more?: RigOptions) {
  const coordinator = rig.coordinator({ ...options, ...more });
  coordinator.start();
  await rig.wait(coordinator.subscribe(rig.spec(spec)));
  await rig.clock.advance(ms);
  await coordinator.stop({ timeoutMs: 0 });
}

const losses = (rig: Rig) => rig.events('unknown-loss').map(({ subscription }) => subscription);

describe('an unknown loss is reported', () => {
  test('of a subscription that is not read while its node polls, once and of it alone', async () => {
    const rig = new Rig();
    await run(rig, MINUTE);
    await run(rig, 50 * MINUTE, { name: 'other' });
    await run(rig, MINUTE);
    assert.deepEqual(losses(rig), []);
    await run(rig, 65 * MINUTE, { name: 'other' });
    await run(rig, 30 * MINUTE);
    assert.deepEqual(losses(rig), ['all']);
    assert.ok((rig.events('unknown-loss')[0]?.awayMs ?? 0) > 65 * MINUTE);
    await run(rig, 30 * MINUTE);
    assert.deepEqual(losses(rig), ['all']);
  });

  test('of one whose sink is away across restarts, once a lane that it has not delivered is empty', async () => {
    const rig = new Rig();
    await rig.log.publish(rig.log.writer('first'), 1);
    const writer = rig.log.writer('behind');
    await rig.log.publish(writer, 2);
    const stuck = { maxBatch: 1, deliver: away };
    for (let half = 0; half < 5; half += 1) await run(rig, 30 * MINUTE, stuck);
    assert.deepEqual(losses(rig), [], 'while its segments stand, so does what is known of it');
    await rig.log.trim(writer, 0, 2);
    await rig.log.park({ [writer]: { next: 2, oldest: 2 } });
    for (let half = 0; half < 2; half += 1) await run(rig, 29 * MINUTE, stuck);
    assert.deepEqual(losses(rig), []);
    await run(rig, 4 * MINUTE, stuck);
    assert.deepEqual(losses(rig), ['all']);
  });

  test('of an unnamed one whose node was cut off', async () => {
    const rig = new Rig(options);
    const coordinator = rig.coordinator();
    coordinator.start();
    const { name: _, ...unnamed } = rig.spec();
    await rig.wait(coordinator.subscribe(unnamed));
    await rig.clock.advance(3 * HOUR);
    rig.store.fails = () => true;
    await rig.clock.advance(2 * HOUR);
    rig.store.fails = () => false;
    assert.deepEqual(losses(rig), []);
    await rig.wait(coordinator.idle());
    assert.deepEqual(losses(rig), ['unnamed-1']);
    await coordinator.stop();
  });
});

describe('a node that lacks a key', () => {
  const key = (id: string, fill: number) => ({ id, secret: new Uint8Array(32).fill(fill) });
  const all: FleetKeys = { ring: [key('k1', 1), key('k2', 2)], active: 'k2', required: false };
  const old: FleetKeys = { ring: [key('k1', 1)], active: 'k1', required: false };

  test('reports an unknown loss when a tip was not heard for longer than lanes are remembered', async () => {
    const rig = new Rig({ keys: all });
    await rig.log.publish(rig.log.writer('a'), 1);
    await run(rig, 57 * MINUTE, {}, { keys: old });
    assert.deepEqual(losses(rig), []);
    await run(rig, 5 * MINUTE, {}, { keys: old });
    assert.deepEqual(losses(rig), ['all']);
    await run(rig, 2 * HOUR, {}, { keys: all });
    assert.deepEqual(losses(rig), ['all'], 'with the key all is well');
  });

  test('reports one when a batch could not be read for so long, unless it had delivered all of that', async () => {
    const rig = new Rig({ keys: all });
    const writer = rig.log.writer('a');
    await rig.log.publish(writer, 2);
    await rig.log.park({ [writer]: { next: 2, oldest: 0 } });
    await run(rig, MINUTE, {}, { keys: all });
    assert.deepEqual(rig.delivered, urls('a', 0, 2));
    await run(rig, 2 * HOUR, {}, { keys: old });
    assert.deepEqual(losses(rig), []);
    await run(rig, 2 * HOUR, { name: 'other' }, { keys: old });
    assert.deepEqual(losses(rig), ['other']);
  });
});

test('a poll that began before a subscription does not make it current', async () => {
  const rig = new Rig(options);
  await run(rig, MINUTE);
  const seen = rig.log.writer('seen');
  await rig.log.publish(seen, 1);
  const batch = await rig.log.park({ [seen]: { next: 1, oldest: 0 } });
  await run(rig, 30 * MINUTE, { name: 'other' });
  const before = rig.state.subscription('all')?.currentAt;
  const coordinator = rig.coordinator();
  const held = Promise.withResolvers<void>();
  const fresh = await rig.log.park({ [rig.log.writer('fresh')]: { next: 0, oldest: 0 } });
  rig.store.holds = (call, key) => (call === 'get' && key === parkedKey(fresh) ? held.promise : undefined);
  await rig.wait(coordinator.subscribe(rig.spec({ name: 'other' })));
  coordinator.start();
  const poll = coordinator.pollNow();
  await rig.clock.advance(MINUTE);
  await rig.wait(coordinator.subscribe(rig.spec()));
  held.resolve();
  await rig.wait(poll);
  assert.equal(rig.store.count('get', batch), 1, 'only before, by the other');
  assert.equal(rig.state.subscription('all')?.currentAt, before);
  await rig.wait(coordinator.idle());
  assert.deepEqual(rig.delivered.slice(-1), urls('seen', 0, 1));
  assert.notEqual(rig.state.subscription('all')?.currentAt, before);
  await coordinator.stop();
});

test('the mark is rewritten once a minute at most, back with the clock of the store, and not while something is at risk', () => {
  const written: number[] = [];
  const reported: number[] = [];
  const record = { currentAt: () => 0, rememberCurrent: (at: number) => void written.push(at) };
  const mark = new CurrentMark(record, DAY);
  const poll = (begunAt: number, isCurrent = true) =>
    mark.polled(
      { begunAt, endedAt: begunAt + 1 },
      () => isCurrent,
      (awayMs) => reported.push(awayMs),
    );
  for (let at = 0; at < 3 * MINUTE; at += 10_000) poll(at);
  assert.deepEqual(written, [MINUTE, 2 * MINUTE]);
  poll(HOUR, false);
  assert.deepEqual(written, [MINUTE, 2 * MINUTE]);
  poll(-HOUR);
  assert.deepEqual([written.slice(2), reported], [[-HOUR], []]);
});

test('a poll that was suspended halfway is judged by its end, and moves the mark to its beginning', () => {
  const written: number[] = [];
  const reported: number[] = [];
  const record = { currentAt: () => 0, rememberCurrent: (at: number) => void written.push(at) };
  const mark = new CurrentMark(record, DAY);
  const poll = (begunAt: number, endedAt: number) =>
    mark.polled(
      { begunAt, endedAt },
      () => true,
      (awayMs) => reported.push(awayMs),
    );
  poll(HOUR, 2 * HOUR);
  assert.deepEqual(written, [HOUR]);
  poll(3 * HOUR, 26 * HOUR);
  assert.deepEqual([written, reported], [[HOUR, 26 * HOUR], [25 * HOUR]]);
});
