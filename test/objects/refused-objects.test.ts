import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BucketcastError } from '../../src/base/errors.ts';
import { SetAside } from '../../src/objects/set-aside.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { ObjectsRig, type ObjectsRigOptions } from './objects-rig.ts';

const denied = new BucketcastError('store-refused', 'access denied');
const archived = new BucketcastError('store-refused', 'it is archived', {
  details: { s3Code: 'InvalidObjectState' },
});

/** A bucket whose first objects, `no…`, are refused. */
async function refusing(count: number, error = denied, options: ObjectsRigOptions = {}) {
  const rig = new ObjectsRig(options);
  for (let n = 0; n < count; n += 1) await rig.bucket.put(`no${n}`);
  rig.bucket.failure = (key) => (key.includes('no') ? error : undefined);
  const coordinator = rig.started();
  const status = () => coordinator.snapshot().subscriptions[0];
  const letters = () => rig.state.deadLetters().map(({ reason, message }) => `${reason}: ${message}`);
  return { rig, coordinator, status, letters };
}

test('objects that the store refuses give their bytes back, and take them again when they are tried', async () => {
  const limits = { limits: { bytesInFlight: 8 * 1024, requestsInFlight: 4 } };
  const { rig, coordinator, status } = await refusing(0, denied, limits);
  for (let n = 0; n < 30; n += 1)
    await rig.bucket.put(`no${n}`, { fields: { feed_content: 'x'.repeat(700) } });
  await rig.bucket.put('yes', { server: 'b' });
  await rig.wait(coordinator.subscribe(rig.spec()));
  await rig.clock.until(() => rig.delivered.length === 1);
  await rig.clock.until(() => status()?.fetches === 0);
  assert.deepEqual([status()?.lag, status()?.bytesHeld, status()?.waiting.reason], [30, 0, 'store']);
  let most = 0;
  rig.bucket.holds = () => {
    most = Math.max(most, status()?.bytesHeld ?? 0);
    return undefined;
  };
  rig.bucket.failure = () => undefined;
  await rig.wait(coordinator.idle());
  assert.equal(rig.delivered.length, 31);
  assert.ok(most > 0 && most <= 8 * 1024, `${most} bytes held`);
  await coordinator.stop();
});

test('the first of too many archived objects are dead letters that say so, and reading goes on', async () => {
  const { rig, coordinator, status, letters } = await refusing(1100, archived);
  await rig.bucket.put('yes', { server: 'b' });
  await rig.wait(coordinator.subscribe(rig.spec()));
  await rig.clock.until(() => rig.delivered.length === 1, 60_000);
  await rig.clock.until(() => letters().length > 100);
  assert.equal(letters()[0], 'missing: the store refuses it: it is archived');
  assert.deepEqual([letters().length, status()?.lag], [101, 999]);
  await coordinator.stop();
});

test('credentials that are refused for a while make no dead letters', async () => {
  const { rig, coordinator, status, letters } = await refusing(1100);
  await rig.wait(coordinator.subscribe(rig.spec()));
  await rig.clock.advance(3_000);
  assert.deepEqual([letters(), status()?.lag, status()?.waiting.reason], [[], 1100, 'store']);
  rig.bucket.failure = () => undefined;
  await rig.wait(coordinator.idle());
  assert.deepEqual([letters(), rig.delivered.length], [[], 1100]);
  await coordinator.stop();
});

test('an object that is refused while others are answered for goes first, and any other after an hour', async () => {
  const clock = new FakeClock();
  const aside = new SetAside({ clock, changed: () => {} });
  const add = (row: number, { since = clock.monotonic(), alone = false } = {}) => {
    const pending = { row, digest: new Uint8Array(16), key: `${row}`, size: 1, lastModified: 0 };
    const trouble = { kind: 'store', tries: 1, since, retryAt: clock.monotonic() + 1 } as const;
    aside.add({ pending, since, alone, trouble, error: denied });
  };
  const hopeless = () => aside.hopeless?.pending.row;
  add(2);
  await clock.advance(1000);
  add(1);
  assert.equal(hopeless(), undefined);
  await clock.advance(60 * 60_000 - 1001);
  assert.equal(hopeless(), undefined);
  add(1, { since: 1000, alone: true });
  assert.equal(hopeless(), 1);
  await clock.advance(1);
  assert.equal(hopeless(), 2);
});

test('too many objects that are refused while others are answered for make room, and reading goes on', async () => {
  const { rig, coordinator, status, letters } = await refusing(1100);
  await rig.bucket.put('0', { server: '0' });
  await rig.bucket.put('yes', { server: 'b' });
  await rig.wait(coordinator.subscribe(rig.spec()));
  await rig.clock.until(() => rig.delivered.length === 1);
  await rig.bucket.put('1', { server: 'b' });
  await rig.clock.advance(20_000);
  assert.deepEqual(rig.delivered, ['0', 'yes', '1']);
  assert.deepEqual([letters().length, status()?.lag], [101, 999]);
  await coordinator.stop();
});
