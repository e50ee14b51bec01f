import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BucketcastError } from '../../src/base/errors.ts';
import { watch } from './publisher-rig.ts';
import { SpoolRig } from './spool-rig.ts';

const url = 'https://example.com/a';
const numbers = (to: number, from = 0) => Array.from({ length: to - from }, (_, n) => from + n);

test('beyond its bound the spool refuses, says what to do, and takes what fits', async () => {
  const rig = new SpoolRig();
  const { spool, join } = rig.process({ spool: { maxBytes: 1000 } });
  const first = watch(spool.publish({ url, data: 0, content: 'x'.repeat(700) }));
  const large = watch(spool.publish({ url, data: 1, content: 'x'.repeat(700) }));
  const small = watch(spool.publish({ url, data: 2 }));
  await rig.clock.advance(1);
  assert.deepEqual([first.status, large.status, small.status], ['resolved', 'rejected', 'resolved']);
  const error = large.error as BucketcastError;
  assert.deepEqual([error.code, error.retryable], ['spool-full', true]);
  assert.match(error.message, /\/state holds 768 bytes, and 768 more would exceed spool\.maxBytes \(1000\)/);
  assert.match(String(error.hint), /bucketcast status/);
  assert.deepEqual([spool.snapshot().refused, spool.snapshot().updates], [1, 2]);
  assert.equal((spool.snapshot().trouble as BucketcastError).code, 'spool-full');

  join();
  await rig.clock.advance(1000);
  const later = watch(spool.publish({ url, data: 3, content: 'x'.repeat(700) }));
  await rig.clock.advance(1000);
  assert.equal(later.status, 'resolved');
  await rig.clock.advance(1000);
  assert.deepEqual(await rig.found(), [0, 2, 3]);
  assert.equal(spool.snapshot().trouble, undefined);
});

test('one update larger than the whole bound goes in alone', async () => {
  const rig = new SpoolRig();
  const { spool } = rig.process({ spool: { maxBytes: 1000 } });
  const large = watch(spool.publish({ url, content: 'x'.repeat(5000) }));
  await rig.clock.advance(1);
  assert.equal(large.status, 'resolved');
});

test('an update that waits already is not refused for want of room', async () => {
  const rig = new SpoolRig();
  const { spool } = rig.process({ spool: { maxBytes: 100 } });
  const id = 'cd'.repeat(16);
  const first = watch(spool.publish({ url, content: 'x'.repeat(90) }, { id }));
  await rig.clock.advance(1);
  const again = watch(spool.publish({ url, content: 'x'.repeat(90) }, { id }));
  await rig.clock.advance(1);
  assert.deepEqual(again.value, first.value);
});

test('a full disk takes those of a group that fit, refuses the others, and has none of those', async () => {
  const rig = new SpoolRig();
  const { spool, join } = rig.process({ spool: { maxBytes: 1 << 24 } });
  rig.fillDisk(20);
  const group = numbers(40).map((data) =>
    watch(spool.publish({ url, data, content: 'x'.repeat(data === 7 ? 200_000 : 2000) })),
  );
  await rig.clock.advance(1);
  const taken = numbers(40).filter((n) => group[n]?.status === 'resolved');
  const refused = group.filter(({ status }) => status === 'rejected');
  assert.equal(taken.length + refused.length, 40);
  assert.ok(taken.length > 10 && !taken.includes(7), taken.join(' '));
  for (const { error } of refused) {
    assert.equal((error as BucketcastError).code, 'spool-full');
    assert.match(String(error), /disk is full.*nothing was written/);
  }
  assert.equal(spool.snapshot().updates, taken.length);
  assert.match(String(spool.snapshot().trouble), /disk is full/);

  rig.freeDisk();
  const later = watch(spool.publish({ url, data: 40, content: 'x'.repeat(2000) }));
  join();
  await rig.clock.advance(1000);
  assert.equal(later.status, 'resolved', 'without a restart');
  await rig.clock.advance(2000);
  assert.deepEqual(await rig.found(), [...taken, 40]);
  assert.equal(spool.snapshot().trouble, undefined);
});

test('what is in the bucket and cannot be deleted is tried again now and then, and nothing more goes out before', async () => {
  const rig = new SpoolRig();
  const { spool, join, store } = rig.process({ publish: { maxSegmentUpdates: 2, maxPendingBytes: 24_000 } });
  for (const data of numbers(100)) void spool.publish({ url, data });
  await rig.clock.advance(1);
  let tries = 0;
  Object.assign(rig.table, {
    remove: () => {
      tries += 1;
      throw new BucketcastError('state-unusable', 'the disk is full', { details: { sqlite: 13 } });
    },
  });
  join();
  await rig.clock.advance(10_000);
  assert.ok(tries > 10 && tries < 1000, String(tries));
  assert.ok(store.keysOf('put').length < 30, 'draining waits');
  assert.match(String(spool.snapshot().trouble), /disk is full/);
  assert.equal(spool.snapshot().updates, 100);

  Reflect.deleteProperty(rig.table, 'remove');
  await rig.clock.advance(5000);
  assert.deepEqual(await rig.found(), numbers(100), 'nothing went out twice');
  assert.deepEqual([spool.snapshot().updates, spool.snapshot().trouble], [0, undefined]);
});

test('another error of the state passes as it is', async () => {
  const rig = new SpoolRig();
  const { spool } = rig.process();
  rig.database.script('DROP TABLE spool');
  const update = watch(spool.publish({ url }));
  await rig.clock.advance(1);
  assert.equal((update.error as BucketcastError).code, 'state-unusable');
});
