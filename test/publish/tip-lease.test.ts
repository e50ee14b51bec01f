import assert from 'node:assert/strict';
import { test } from 'node:test';
import { segmentKey } from '../../src/log/keys.ts';
import { willBeFound } from '../../src/publish/tip-lease.ts';
import { settle } from '../support/fake-clock.ts';
import { Rig, watch } from './publisher-rig.ts';

const tip = { startedAt: 1000, time: 50_000 };

test('a durable segment will be found while a young tip stands', () => {
  assert.equal(willBeFound(undefined, { now: 1500, time: 50_500 }, 1000), false);
  assert.equal(willBeFound(tip, { now: 1500, time: 50_500 }, 1000), true);
  assert.equal(willBeFound(tip, { now: 2000, time: 50_500 }, 1000), false);
});

test('a machine that slept without its monotonic clock knows by the store that the tip is old', () => {
  assert.equal(willBeFound(tip, { now: 1500, time: 51_000 }, 1000), false);
});

test('publish() of a process that was suspended in its work waits for a new tip', async () => {
  const rig = new Rig();
  const { publisher, store } = rig.publisher({ publish: { retireAfterMs: 60_000 } });
  publisher.start();
  const first = await publisher.publish({ url: 'a' });
  const segment = segmentKey({ writer: first.writer, lane: 0 }, 1);
  const suspended = rig.clock.sleep(120_000);
  const tipGate = Promise.withResolvers<void>();
  store.script = ({ operation, key }) => {
    if (operation !== 'put') return 'pass';
    return key === segment ? suspended : tipGate.promise;
  };
  const second = watch(publisher.publish({ url: 'a' }));
  await rig.clock.advance(120_000);
  assert.equal((await rig.bucket.head(segment)).status, 'found');
  assert.equal(second.status, 'pending');
  tipGate.resolve();
  await settle();
  assert.equal(second.value?.sequence, 1);
});
