import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ObjectsRig } from './objects-rig.ts';

test('keys in any order are found, also those that sort before everything known', async () => {
  const rig = new ObjectsRig();
  await rig.bucket.put('m');
  const coordinator = await rig.idle();
  for (const url of ['z', 'a', 'n']) await rig.bucket.put(url);
  await rig.bucket.put('0', { server: '0' });
  await rig.wait(coordinator.idle());
  assert.deepEqual(rig.news(), ['0', 'a', 'm', 'n', 'z']);
  await coordinator.stop();
});

test('a key that appears late is found, whatever its LastModified', async () => {
  const rig = new ObjectsRig();
  const late = await rig.bucket.put('late');
  rig.bucket.hides = ({ key }) => key === late;
  await rig.clock.advance(60_000);
  await rig.bucket.put('new');
  const coordinator = await rig.idle();
  assert.deepEqual(rig.news(), ['new']);
  rig.bucket.hides = () => false;
  await rig.wait(coordinator.idle());
  assert.deepEqual(rig.news(), ['late']);
  await coordinator.stop();
});

test('a key that is overwritten is a new update each time', async () => {
  const rig = new ObjectsRig();
  const put = (n: number) => rig.bucket.put(`u${n}`, { name: 'same' });
  await put(1);
  const coordinator = await rig.idle();
  for (const n of [2, 3]) {
    await put(n);
    await rig.wait(coordinator.idle());
  }
  assert.deepEqual(rig.news(), ['u1', 'u2', 'u3']);
  await rig.clock.advance(600_000);
  assert.deepEqual(rig.news(), []);
  await coordinator.stop();
});

test('a key that one listing lacks is not delivered again when it is back', async () => {
  const rig = new ObjectsRig();
  const key = await rig.bucket.put('one');
  const coordinator = await rig.idle();
  for (let round = 0; round < 4; round += 1) {
    rig.bucket.hides = (object) => object.key === key && round % 2 === 0;
    await rig.wait(coordinator.pollNow());
  }
  assert.deepEqual(rig.news(), ['one']);
  await coordinator.stop();
});

test('a version is forgotten after exactly two complete listings that lack it', async () => {
  const rig = new ObjectsRig();
  await rig.bucket.put('one');
  const coordinator = await rig.idle();
  const saved = () => {
    const reader = rig.state.objects.reader('all') as number;
    return rig.state.objects.seen(reader, new Uint8Array(), 10).length / 16;
  };
  rig.bucket.hides = () => true;
  await rig.wait(coordinator.pollNow());
  assert.deepEqual([saved(), coordinator.snapshot().known.keys], [1, 1]);
  await rig.wait(coordinator.pollNow());
  assert.deepEqual([saved(), coordinator.snapshot().known.keys], [0, 0]);
  rig.bucket.hides = () => false;
  await rig.wait(coordinator.idle());
  assert.deepEqual(rig.news(), ['one', 'one']);
  await coordinator.stop();
});

test('a listing that fails forgets nothing, and what it found is delivered', async () => {
  const rig = new ObjectsRig();
  rig.bucket.pageSize = 1;
  for (const url of ['a', 'b']) await rig.bucket.put(url);
  const coordinator = await rig.idle();
  rig.news();
  await rig.bucket.put('0');
  rig.bucket.failsAfter = () => 1;
  for (let round = 0; round < 5; round += 1) await assert.rejects(rig.wait(coordinator.pollNow()));
  assert.deepEqual(rig.news(), ['0']);
  assert.equal(coordinator.snapshot().known.keys, 3);
  assert.ok(rig.events('objects-listing-failed').length >= 5);
  assert.ok(coordinator.snapshot().poll.failures >= 5);
  rig.bucket.failsAfter = () => undefined;
  await rig.wait(coordinator.idle());
  assert.deepEqual([rig.news(), coordinator.snapshot().poll.failures], [[], 0]);
  await coordinator.stop();
});

test('what is no object of the layout is left alone', async () => {
  const rig = new ObjectsRig();
  await rig.bucket.store.put('feed-updates/a/', new Uint8Array());
  await rig.bucket.store.put('feed-updates/readme.json', new Uint8Array());
  await rig.bucket.store.put('feed-updates/a/index.html', new Uint8Array());
  await rig.bucket.put('one');
  const coordinator = await rig.idle();
  assert.deepEqual([rig.news(), rig.bucket.fetched.length], [['one'], 1]);
  await coordinator.stop();
});

test('own objects come only where they are asked for', async () => {
  const rig = new ObjectsRig();
  await rig.bucket.put('own', { server: 'reader' });
  await rig.bucket.put('other', { server: 'reader2' });
  const coordinator = await rig.idle();
  assert.deepEqual(rig.news(), ['other']);
  await rig.wait(coordinator.subscribe(rig.spec({ name: 'everything', includeOwn: true })));
  await rig.wait(coordinator.idle());
  assert.deepEqual(rig.news(), ['other', 'own']);
  await coordinator.stop();
});

test('copies of what stands in the log are left out where that is wanted, and not fetched again', async () => {
  const rig = new ObjectsRig();
  const copy = { id: 'ab'.repeat(16), hlc: '0000000000010000', kind: 'put', fleet: 'f1'.repeat(16) };
  await rig.bucket.put('copy', { fields: { bucketcast: copy } });
  await rig.bucket.put('plain');
  const coordinator = await rig.idle({ skipCopies: { of: 'f1'.repeat(16) } });
  assert.deepEqual(rig.news(), ['plain']);
  assert.equal(coordinator.snapshot().subscriptions[0]?.lag, 0);
  await rig.wait(coordinator.idle());
  assert.equal(rig.bucket.fetched.length, 2);
  await rig.wait(coordinator.subscribe(rig.spec({ name: 'both' })));
  await rig.wait(coordinator.idle());
  assert.deepEqual(rig.news(), ['copy', 'plain']);
  await coordinator.stop();
});
