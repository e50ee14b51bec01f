import assert from 'node:assert/strict';
import { it } from 'node:test';
import { BucketcastError, closedError } from '../../src/base/errors.ts';
import { StoreHealth, storeTrouble } from '../../src/store/store-health.ts';
import { FakeClock } from '../support/fake-clock.ts';

const away = new BucketcastError('store-unavailable', 'connection refused');

function rig() {
  const clock = new FakeClock();
  const health = new StoreHealth(clock);
  const fails = (reason: unknown) => assert.rejects(health.watch(Promise.reject(reason)));
  const trouble = () => (storeTrouble(health.snapshot()) as Error | undefined)?.message;
  return { clock, health, fails, trouble };
}

it('a store that refuses every connection is away after 15 s, and back with its first answer', async () => {
  const { clock, health, fails, trouble } = rig();
  await fails(away);
  await clock.advance(14_999);
  await fails(away);
  assert.equal(trouble(), undefined);
  assert.equal(health.snapshot().failures, 2);
  await clock.advance(1);
  assert.equal(trouble(), 'connection refused');
  await health.watch(Promise.resolve());
  assert.deepEqual(health.snapshot(), { failures: 0, silentForMs: 0 });
  assert.equal(trouble(), undefined);
});

it('a store that takes requests and never answers is away, although nothing has failed yet', async () => {
  const { clock, health, trouble } = rig();
  const hanging = Promise.withResolvers<void>();
  const watched = health.watch(hanging.promise);
  await clock.advance(20_000);
  assert.match(String(trouble()), /has not answered anything for 20 s/);
  hanging.resolve();
  await watched;
  assert.equal(trouble(), undefined);
});

it('a slow request beside quick ones says nothing of the store, and neither does an idle node', async () => {
  const { clock, health, trouble } = rig();
  const slow = Promise.withResolvers<void>();
  const watched = health.watch(slow.promise);
  await clock.advance(20_000);
  await health.watch(Promise.resolve());
  assert.equal(trouble(), undefined);
  slow.resolve();
  await watched;
  await clock.advance(60_000);
  assert.equal(trouble(), undefined);
});

it('a definite no is an answer, and a request that its caller took back is none', async () => {
  const { clock, fails, trouble } = rig();
  await fails(away);
  await clock.advance(20_000);
  await fails(closedError('the request'));
  assert.equal(trouble(), 'connection refused');
  await fails(new BucketcastError('store-refused', '403'));
  assert.equal(trouble(), undefined);
});
