import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import { settle } from '../support/fake-clock.ts';
import { Rig, watch } from './publisher-rig.ts';

const update = { url: 'https://example.org/a', content: 1 };

test('what cannot be taken rejects, and never throws', async () => {
  const { publisher } = new Rig().publisher();
  await assert.rejects(publisher.publish(update), { code: 'closed' });
  publisher.start();
  const wrong: unknown = { url: '' };
  await assert.rejects(publisher.publish(wrong as typeof update), { code: 'invalid-update' });
  await assert.rejects(publisher.publish(update, { signal: AbortSignal.abort() }), { code: 'closed' });
  await publisher.stop({ timeoutMs: 1000 });
});

test('nothing listens to a signal any more once the call is answered for, or ended', async () => {
  const rig = new Rig();
  const { publisher, store } = rig.publisher();
  publisher.start();
  const { signal } = new AbortController();
  const published = watch(publisher.publish(update, { signal }));
  assert.equal(getEventListeners(signal, 'abort').length, 1);
  await settle();
  assert.equal(published.status, 'resolved');
  assert.equal(getEventListeners(signal, 'abort').length, 0);
  store.script = () => new Promise<never>(() => {});
  const open = watch(publisher.publish(update, { signal }));
  await Promise.all([publisher.stop({ timeoutMs: 10 }), rig.clock.advance(10)]);
  assert.equal(open.status, 'rejected');
  assert.equal(getEventListeners(signal, 'abort').length, 0);
});

test('a caller that gives up is told at once, and its memory is free once the store has answered', async () => {
  const rig = new Rig();
  const { publisher, store } = rig.publisher();
  publisher.start();
  await settle();
  const gate = Promise.withResolvers<void>();
  store.script = () => gate.promise;
  const leaving = new AbortController();
  const left = watch(publisher.publish(update, { signal: leaving.signal }));
  const stays = watch(publisher.publish(update));
  leaving.abort();
  await settle();
  assert.deepEqual([left.status, stays.status], ['rejected', 'pending']);
  const { pendingUpdates, pendingBytes } = publisher.snapshot();
  assert.equal(pendingUpdates, 1);
  assert.ok(pendingBytes > 2 * 2048);
  gate.resolve();
  await settle();
  await rig.clock.advance(1000);
  assert.equal(stays.status, 'resolved');
  assert.equal(publisher.snapshot().pendingBytes, 0);
  await publisher.stop({ timeoutMs: 1000 });
});
