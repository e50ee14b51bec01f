import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settle } from '../support/fake-clock.ts';
import { Rig } from './publisher-rig.ts';

test('a publisher with nothing to do has no writer, nothing pending and no trouble', () => {
  const { publisher } = new Rig().publisher();
  publisher.start();
  assert.deepEqual(publisher.snapshot(), {
    writer: undefined,
    lanes: 1,
    pendingUpdates: 0,
    pendingBytes: 0,
    segmentsInFlight: 0,
    writers: 0,
  });
});

test('while the store does not answer, the oldest call ages, and what is wrong is told until it works', async () => {
  const rig = new Rig();
  const { publisher, store } = rig.publisher();
  publisher.start();
  await settle();
  store.script = () => 'lose';
  const first = publisher.publish({ url: 'a' });
  await rig.clock.advance(5000);
  const second = publisher.publish({ url: 'b' });
  await rig.clock.advance(2000);
  const { oldestPendingAgoMs, pendingUpdates, trouble, writers } = publisher.snapshot();
  assert.deepEqual([oldestPendingAgoMs, pendingUpdates, writers], [7000, 2, 1]);
  assert.match(trouble?.message ?? '', /^put .*: no answer$/);
  assert.ok((trouble?.forMs ?? 0) > 6000, 'since the first failure in a row');
  store.script = () => 'pass';
  await rig.clock.advance(2000);
  await Promise.all([first, second]);
  const after = publisher.snapshot();
  assert.ok(!('trouble' in after) && !('oldestPendingAgoMs' in after), JSON.stringify(after));
  const third = publisher.publish({ url: 'c' });
  assert.equal(publisher.snapshot().oldestPendingAgoMs, 0, 'what was answered for does not count');
  await third;
  await publisher.stop({ timeoutMs: 0 });
});

test('each writer that a publisher begins is counted', async () => {
  const rig = new Rig();
  const { publisher } = rig.publisher({ publish: { retireAfterMs: 60_000 } });
  publisher.start();
  await publisher.publish({ url: 'a' });
  await rig.clock.advance(120_000);
  await publisher.publish({ url: 'b' });
  assert.equal(publisher.snapshot().writers, 2);
  await publisher.stop({ timeoutMs: 0 });
});
