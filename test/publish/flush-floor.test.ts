import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settle } from '../support/fake-clock.ts';
import { Rig, watch } from './publisher-rig.ts';

const update = (n: number) => ({ url: `https://example.org/${n}`, content: n });

test('an idle writer flushes at once, and what comes sooner than the floor shares one segment at the floor', async () => {
  const rig = new Rig();
  const { publisher } = rig.publisher({ publish: { flushIntervalMs: 20 } });
  publisher.start();
  await settle();
  const first = watch(publisher.publish(update(0)));
  await settle();
  assert.equal(first.status, 'resolved');

  const soon = [1, 2, 3].map((n) => watch(publisher.publish(update(n))));
  await rig.clock.advance(10);
  const late = watch(publisher.publish(update(4)));
  await rig.clock.advance(9);
  assert.ok([...soon, late].every(({ status }) => status === 'pending'));
  await rig.clock.advance(1);
  const sequences = [...soon, late].map(({ value }) => value?.sequence);
  assert.deepEqual(sequences, [1, 1, 1, 1]);

  await rig.clock.advance(20);
  const idle = watch(publisher.publish(update(5)));
  await settle();
  assert.equal(idle.value?.sequence, 2);
  await publisher.stop({ timeoutMs: 1000 });
});

test('a full segment does not wait for the floor', async () => {
  const rig = new Rig();
  const { publisher } = rig.publisher({ publish: { flushIntervalMs: 20, maxSegmentUpdates: 3 } });
  publisher.start();
  await settle();
  await publisher.publish(update(0));
  const three = [1, 2, 3].map((n) => watch(publisher.publish(update(n))));
  await settle();
  assert.deepEqual(
    three.map(({ value }) => value?.sequence),
    [1, 1, 1],
  );
  await publisher.stop({ timeoutMs: 1000 });
});
