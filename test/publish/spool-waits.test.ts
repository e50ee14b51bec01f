import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import { SpoolWaiters } from '../../src/publish/spool-waiters.ts';
import { watch } from './publisher-rig.ts';
import { SpoolRig } from './spool-rig.ts';

const url = 'https://example.com/a';
const numbers = (to: number) => Array.from({ length: to }, (_, n) => n);

test('who wants to see an update that finds no room is not kept in memory', async () => {
  const rig = new SpoolRig();
  const { spool } = rig.process({ spool: { maxBytes: 200 } });
  await Promise.all([spool.publish({ url, content: 'x'.repeat(100) }), rig.clock.advance(1)]);
  const { signal } = new AbortController();
  const content = 'x'.repeat(300);
  await assert.rejects(spool.publish({ url, content }, { visible: true, signal }), { code: 'spool-full' });
  assert.equal(getEventListeners(signal, 'abort').length, 0);
});

test('who gave up waiting for a row is not kept in memory', async () => {
  const waiters = new SpoolWaiters();
  const { signal, abort } = abortable();
  const gaveUp = waiters.row(signal);
  gaveUp.at(7);
  const stays = waiters.row(undefined);
  stays.at(7);
  abort();
  await assert.rejects(gaveUp.promise, { code: 'closed' });
  assert.equal(waiters.has(7), true);
  const late = waiters.row(signal);
  late.at(8);
  assert.equal(waiters.has(8), false);
  await assert.rejects(late.promise, { code: 'closed' });
});

test('who waits for the spool to be empty after it has stopped hears that it has', async () => {
  const rig = new SpoolRig();
  const { spool } = rig.process();
  void spool.publish({ url });
  await spool.stop({ timeoutMs: 0 });
  const drained = watch(spool.drained());
  await rig.clock.advance(1);
  assert.equal((drained.error as { code?: string } | undefined)?.code, 'closed');
});

test('a backlog of small updates takes no more memory than one that has just come', async () => {
  const rig = new SpoolRig();
  const before = rig.process();
  for (const data of numbers(300)) void before.spool.publish({ url, data });
  await rig.clock.advance(1);
  const { store, join, publisher } = rig.process({ publish: { maxPendingBytes: 20_000 } });
  store.script = ({ operation }) => (operation === 'put' ? 'hang' : 'pass');
  join();
  await rig.clock.advance(1000);
  const { pendingUpdates } = publisher.snapshot();
  assert.ok(pendingUpdates <= 10, String(pendingUpdates));
});

test('what waits for room in the publisher overtakes nothing that comes back', async () => {
  const rig = new SpoolRig();
  const { spool, join } = rig.process({ publish: { maxPendingBytes: 20_000 } });
  for (const data of numbers(50)) void spool.publish({ url, data });
  await rig.clock.advance(1);
  let failures = 1;
  const recordWriter = rig.state.recordWriter.bind(rig.state);
  rig.state.recordWriter = (...call) => {
    if (failures-- > 0) throw new Error('the disk failed');
    recordWriter(...call);
  };
  join();
  await rig.clock.advance(5000);
  assert.deepEqual(await rig.found(), numbers(50));
});

function abortable() {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}

test('with the spool off nobody waits for leftovers that the store refuses, and all is taken once it accepts', async () => {
  const rig = new SpoolRig();
  void rig.process().spool.publish({ url, data: 'left' });
  await rig.clock.advance(1);
  const { spool, store, join } = rig.process({ spool: { enabled: false } });
  store.script = ({ operation }) => (operation === 'put' ? 'refuse' : 'pass');
  join();
  const waiting = watch(spool.publish({ url, data: 'early' }));
  await rig.clock.advance(1000);
  assert.equal((waiting.error as { code?: string } | undefined)?.code, 'store-refused');
  await assert.rejects(spool.publish({ url, data: 'late' }), { code: 'store-refused' });
  store.script = () => 'pass';
  await rig.clock.advance(60_000);
  const accepted = watch(spool.publish({ url, data: 'after' }));
  await rig.clock.advance(1000);
  assert.equal(accepted.value?.durable, 'bucket');
  assert.deepEqual(await rig.found(), ['left', 'after']);
});
