import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isBucketcastError, PoisonError } from '../../src/base/errors.ts';
import { control, openPool, Sayings, updatesOf } from './handler-rig.ts';

const errors = new URL('../../src/base/errors.ts', import.meta.url).href;

test('a module gets the updates as they were, one call at a time, and is told where it runs', async (t) => {
  const sayings = new Sayings(t);
  const module = sayings.module(`
    let busy = 0;
    export default async function (updates, { subscription, thread }) {
      say([subscription, thread, busy, updates.map((update) => update.toJSON())]);
      busy += 1;
      await new Promise(setImmediate);
      busy -= 1;
    }`);
  const pool = await openPool(t, module);
  const updates = updatesOf(['a', 'b', 'c']);
  const others = [...updatesOf(['d'], 1), ...updates.slice(2)];
  await Promise.all([pool.deliver(updates, control()), pool.deliver(others, control())]);
  const plain = [updates, others].map((list) => list.map((update) => JSON.parse(JSON.stringify(update))));
  await sayings.until(() => sayings.said.length === 2);
  assert.deepEqual(
    sayings.said,
    plain.map((list) => ['index', 0, 0, list]),
  );
  assert.equal(pool.concurrency, 2);
});

test('an update that a module blames is the one that was handed over, whichever copy of the package it has', async (t) => {
  const sayings = new Sayings(t);
  const module = sayings.module(`
    import { PoisonError } from '${errors}';
    class OtherCopy extends Error {
      name = 'BucketcastError';
      code = 'poison';
      constructor(message, options) { super(message); Object.assign(this, options); }
    }
    export default function (updates) {
      const [first, second] = updates;
      if (first.url === 'itself') throw new PoisonError('bad', { update: second, hint: 'mend it' });
      if (first.url === 'copy') throw new PoisonError('bad', { update: second.toJSON() });
      if (first.url === 'other') throw new OtherCopy('bad', { update: second });
      throw new PoisonError('one of them');
    }`);
  const pool = await openPool(t, module);
  for (const kind of ['itself', 'copy', 'other']) {
    const updates = updatesOf([kind, 'b']);
    await assert.rejects(pool.deliver(updates, control()), (error) => {
      assert.ok(error instanceof PoisonError, kind);
      assert.equal(error.message, 'bad');
      assert.equal(error.update, updates[1], kind);
      return true;
    });
  }
  await assert.rejects(
    pool.deliver(updatesOf(['unnamed', 'b']), control()),
    (error) => error instanceof PoisonError && error.update === undefined,
  );
});

test('what a module throws keeps its words and its code, and what it acknowledged before counts', async (t) => {
  const sayings = new Sayings(t);
  const module = sayings.module(`
    export default async function (updates, { ack }) {
      ack(updates[0]);
      ack(updates[1]);
      await undefined;
      throw Object.assign(new Error('the database is away'), { code: 'ECONNREFUSED' });
    }`);
  const pool = await openPool(t, module);
  const call = control();
  await assert.rejects(pool.deliver(updatesOf(['a', 'b', 'c']), call), {
    message: 'the database is away',
    code: 'ECONNREFUSED',
  });
  assert.equal(call.acknowledged.at(-1), 'b');
});

test('with explicit acknowledgement a call lasts until all of it is acknowledged', async (t) => {
  const sayings = new Sayings(t);
  const module = sayings.module(`
    let later;
    export default function (updates, { ack }) {
      later?.();
      later = () => ack(updates.at(-1));
      ack(updates[0]);
    }`);
  const pool = await openPool(t, module, { ack: 'explicit' });
  const [first, second] = [control(), control()];
  const settled = pool.deliver(updatesOf(['a', 'b', 'c']), first);
  const other = pool.deliver(updatesOf(['d', 'e']), second);
  await settled;
  assert.equal(first.acknowledged.at(-1), 'c');
  await second.first;
  assert.deepEqual(second.acknowledged, ['d']);
  second.controller.abort();
  await assert.rejects(other, (error) => isBucketcastError(error, 'closed'));
});

test('a thread that ends itself fails its calls as trouble of the sink, and another one takes the next', async (t) => {
  const sayings = new Sayings(t);
  const module = sayings.module(`
    export default async function ([{ url }], { thread }) {
      if (url === 'exit') process.exit(3);
      if (url === 'throw') setImmediate(() => { throw new Error('nobody waits for this'); });
      if (url !== 'ok') await new Promise(() => {});
      say(thread);
    }`);
  const pool = await openPool(t, module, { threads: 2 });
  for (const [url, why] of [
    ['exit', /the handler's thread ended: it ended with exit code 3/],
    ['throw', /the handler's thread ended: nobody waits for this/],
  ] as const) {
    await assert.rejects(pool.deliver(updatesOf([url]), control()), (error) => {
      assert.ok(isBucketcastError(error, 'sink-unavailable'));
      assert.match(error.message, why);
      return true;
    });
  }
  // Both were lost a moment ago: whoever comes too early is told when to come again.
  for (;;) {
    const failure = await pool.deliver(updatesOf(['ok']), control()).catch((error: unknown) => error);
    if (failure === undefined) break;
    assert.ok(isBucketcastError(failure, 'sink-unavailable'));
    assert.ok((failure.details['retryAfterMs'] as number) > 0);
    await new Promise(setImmediate);
  }
  await sayings.until(() => sayings.said.length > 0);
});

test('a module that blocks its thread holds up no other, and does not outlive the pool', async (t) => {
  const sayings = new Sayings(t);
  const module = sayings.module(`
    export default function ([{ url }], { thread }) {
      say([url, thread]);
      if (url === 'block') for (;;);
    }`);
  const pool = await openPool(t, module, { threads: 2 });
  const blocked = pool.deliver(updatesOf(['block']), control());
  const failed = assert.rejects(blocked);
  await pool.deliver(updatesOf(['a']), control());
  await sayings.until(() => sayings.said.length === 2);
  const threads = new Map(sayings.said as [string, number][]);
  assert.notEqual(threads.get('a'), threads.get('block'));
  await pool.close();
  await failed;
});

test('an abort reaches the module', async (t) => {
  const sayings = new Sayings(t);
  const module = sayings.module(`
    export default async function (updates, { signal }) {
      say('begun');
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      throw signal.reason;
    }`);
  const pool = await openPool(t, module);
  const call = control();
  const delivered = pool.deliver(updatesOf(['a']), call);
  await sayings.until(() => sayings.said.length === 1);
  call.controller.abort();
  await assert.rejects(delivered, (error) => isBucketcastError(error, 'closed'));
});

test('a module is opened once in each thread, again when that failed, and closed at the end', async (t) => {
  const sayings = new Sayings(t);
  const module = sayings.module(`
    let tries = 0;
    export async function open({ thread }) {
      tries += 1;
      say(['open', thread, tries]);
      if (tries === 1) throw new Error('not yet');
    }
    export default function () { say('call'); }
    export function close() { say('close'); }`);
  const pool = await openPool(t, module);
  await assert.rejects(pool.deliver(updatesOf(['a']), control()), { message: 'not yet' });
  await pool.deliver(updatesOf(['a']), control());
  await pool.deliver(updatesOf(['b']), control());
  await pool.close();
  await sayings.until(() => sayings.said.length === 5);
  assert.deepEqual(sayings.said, [['open', 0, 1], ['open', 0, 2], 'call', 'call', 'close']);
});
