import assert from 'node:assert/strict';
import { test } from 'node:test';
import { watch } from './publisher-rig.ts';
import { SpoolRig } from './spool-rig.ts';

const url = 'https://example.com/a';
const numbers = (to: number, from = 0) => Array.from({ length: to - from }, (_, n) => from + n);

test('an update is answered for once it is on the disk, while the bucket is away, and goes there in order later', async () => {
  const rig = new SpoolRig();
  const { spool, join } = rig.process();
  const answers = numbers(50).map((data) => watch(spool.publish({ url, data })));
  await rig.clock.advance(1);
  assert.ok(answers.every(({ value }) => value?.durable === 'spool'));
  await rig.clock.advance(5000);
  const { bytes, ...rest } = spool.snapshot();
  assert.ok(bytes > 50 * 60);
  assert.deepEqual(rest, {
    enabled: true,
    updates: 50,
    maxBytes: 1 << 20,
    oldestAgoMs: 5001,
    draining: false,
    refused: 0,
  });
  join();
  await rig.clock.advance(1000);
  assert.deepEqual(await rig.found(), numbers(50));
  assert.deepEqual(
    { ...spool.snapshot(), maxBytes: 0 },
    {
      enabled: true,
      updates: 0,
      bytes: 0,
      maxBytes: 0,
      draining: false,
      refused: 0,
    },
  );
});

test('what asks at the same time goes to the disk in one commit', async () => {
  const rig = new SpoolRig();
  const { spool, disk } = rig.process();
  for (const data of numbers(1000)) void spool.publish({ url, data });
  await rig.clock.advance(1);
  assert.deepEqual([disk.commits, spool.snapshot().updates], [1, 1000]);
});

test('a caller who wants to see the update in the bucket gets its place there', async () => {
  const rig = new SpoolRig();
  const { spool, join, publisher } = rig.process();
  const before = watch(spool.publish({ url, data: 0 }));
  const seen = watch(spool.publish({ url, data: 1 }, { visible: true }));
  await rig.clock.advance(100);
  assert.deepEqual([before.status, seen.status], ['resolved', 'pending']);
  join();
  await rig.clock.advance(2000);
  assert.equal(seen.value?.durable, 'bucket');
  assert.equal(seen.value?.durable === 'bucket' && seen.value.writer, publisher.snapshot().writer);
});

test('an id that is given twice while it waits is one update, also for one who wants to see it', async () => {
  const rig = new SpoolRig();
  const { spool, join } = rig.process();
  const id = 'ab'.repeat(16);
  const first = watch(spool.publish({ url, data: 1 }, { id }));
  const second = watch(spool.publish({ url, data: 1 }, { id }));
  await rig.clock.advance(1);
  const third = watch(spool.publish({ url, data: 1 }, { id }));
  const seen = watch(spool.publish({ url, data: 1 }, { id, visible: true }));
  await rig.clock.advance(1);
  assert.deepEqual(
    [first.value, second.value, third.value],
    numbers(3).map(() => ({ id, durable: 'spool' })),
  );
  assert.equal(spool.snapshot().updates, 1);
  join();
  const late = watch(spool.publish({ url, data: 1 }, { id, visible: true }));
  await rig.clock.advance(2000);
  assert.deepEqual([seen.value?.durable, late.value?.durable], ['bucket', 'bucket']);
  assert.deepEqual(await rig.found(), [1]);
});

test('a process that ends amid draining leaves the rest to the next one, in order', async () => {
  const rig = new SpoolRig();
  const options = { publish: { maxSegmentUpdates: 3, segmentsInFlight: 2, maxPendingBytes: 26_000 } };
  const first = rig.process(options);
  for (const data of numbers(100)) void first.spool.publish({ url, data });
  await rig.clock.advance(1);
  let puts = 0;
  first.store.script = ({ operation }) => (operation === 'put' && ++puts > 8 ? 'hang' : 'pass');
  first.join();
  await rig.clock.advance(2000);
  const left = first.spool.snapshot().updates;
  assert.ok(left > 0 && left < 100, String(left));

  const second = rig.process(options);
  for (const data of numbers(110, 100)) void second.spool.publish({ url, data });
  second.join();
  await rig.clock.advance(20_000);
  const found = (await rig.found()).map(Number);
  assert.deepEqual(
    [...new Set(found)].toSorted((a, b) => a - b),
    numbers(110),
  );
  assert.equal(second.spool.snapshot().updates, 0);
});

test('memory does not grow with the backlog', async () => {
  const rig = new SpoolRig();
  const { spool, join, publisher, store } = rig.process({ publish: { maxPendingBytes: 20_000 } });
  for (const data of numbers(200)) void spool.publish({ url, data, content: 'x'.repeat(500) });
  await rig.clock.advance(1);
  store.script = ({ operation }) => (operation === 'put' ? 'hang' : 'pass');
  join();
  await rig.clock.advance(1000);
  assert.ok(publisher.snapshot().pendingUpdates <= 8, String(publisher.snapshot().pendingUpdates));
  assert.equal(publisher.snapshot().pendingBytes <= 20_000, true);
});

test('what the store refuses stays, in its place, until it is accepted again', async () => {
  const rig = new SpoolRig();
  const { spool, join, store } = rig.process({ publish: { maxSegmentUpdates: 2, segmentsInFlight: 4 } });
  for (const data of numbers(10)) void spool.publish({ url, data });
  await rig.clock.advance(1);
  let segments = 0;
  store.script = ({ operation, key }) =>
    operation === 'put' && key.includes('/log/') && ++segments % 2 === 0 ? 'refuse' : 'pass';
  join();
  await rig.clock.advance(3000);
  store.script = ({ operation }) => (operation === 'put' ? 'refuse' : 'pass');
  for (const data of numbers(12, 10)) void spool.publish({ url, data });
  await rig.clock.advance(3000);
  assert.match(String(spool.snapshot().trouble), /403/);
  assert.ok(spool.snapshot().updates > 0);
  store.script = () => 'pass';
  await rig.clock.advance(3000);
  assert.deepEqual(await rig.found(), numbers(12));
  assert.equal(spool.snapshot().trouble, undefined);
  assert.equal(spool.snapshot().updates, 0);
});

test('what comes back from the publisher goes out again, from the first of it', async () => {
  const rig = new SpoolRig();
  const { spool, join } = rig.process();
  for (const data of numbers(20)) void spool.publish({ url, data });
  await rig.clock.advance(1);
  let failures = 3;
  const recordWriter = rig.state.recordWriter.bind(rig.state);
  rig.state.recordWriter = (...call) => {
    if (failures-- > 0) throw new Error('the disk is full');
    recordWriter(...call);
  };
  join();
  await rig.clock.advance(3000);
  assert.deepEqual(await rig.found(), numbers(20));
  assert.deepEqual([spool.snapshot().updates, spool.snapshot().trouble], [0, undefined]);
});

test('what an earlier run left goes first, also when the spool is off now', async () => {
  const rig = new SpoolRig();
  const first = rig.process();
  for (const data of numbers(5)) void first.spool.publish({ url, data, content: 'x'.repeat(600) });
  await rig.clock.advance(1);

  const second = rig.process({ spool: { enabled: false }, publish: { maxPendingBytes: 1024 } });
  second.join();
  const anew = [5, 6].map((data) => watch(second.spool.publish({ url, data })));
  await rig.clock.advance(9000);
  assert.deepEqual(
    anew.map(({ value }) => value?.durable),
    ['bucket', 'bucket'],
  );
  assert.deepEqual(await rig.found(), numbers(7));
});

test('a stop drains; what the time does not suffice for stays for the next run', async () => {
  const rig = new SpoolRig();
  const { spool, join, publisher } = rig.process();
  for (const data of numbers(5)) void spool.publish({ url, data });
  join();
  const stopped = spool.stop({ timeoutMs: 1000 }).then(() => publisher.stop({ timeoutMs: 1000 }));
  await rig.clock.advance(2000);
  await stopped;
  assert.deepEqual(await rig.found(), numbers(5));
  await assert.rejects(spool.publish({ url }), { code: 'closed' });

  const away = rig.process();
  void away.spool.publish({ url, data: 5 });
  const seen = watch(away.spool.publish({ url, data: 6 }, { visible: true }));
  away.store.script = () => 'lose';
  away.join();
  const late = away.spool.stop({ timeoutMs: 500 });
  await rig.clock.advance(600);
  await late;
  assert.equal((seen.error as { code?: string }).code, 'closed');
  assert.equal(rig.table.totals().updates, 2);
});
