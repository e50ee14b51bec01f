import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PoisonError } from '../../src/base/errors.ts';
import type { SubscriptionSpec } from '../../src/coordinate/subscription.ts';
import type { Rig } from './rig.ts';
import { all, partsOf, snapshot, trimmedFleet } from './trimmed-fleet.ts';

const sorted = (urls: readonly string[]) => [...urls].sort();

/** Subscribes, and stops once everything is delivered. */
async function read(rig: Rig, spec: Partial<SubscriptionSpec> = {}): Promise<void> {
  const coordinator = rig.coordinator();
  coordinator.start();
  await rig.wait(coordinator.subscribe(rig.spec({ from: 'snapshot', maxBatch: 3, ...spec })));
  await rig.wait(coordinator.idle());
  await rig.wait(coordinator.stop());
}

test('every entry of the snapshot is delivered, then the log from its vector, and nothing is reported lost', async () => {
  const { rig, writer } = await trimmedFleet();
  await snapshot(rig, writer, 5);
  const kinds = new Map<string, unknown>();
  await read(rig, {
    deliver: (updates) => {
      for (const { url, kind, data, sequence } of updates) {
        rig.delivered.push(url);
        assert.equal(url, `u${sequence}`);
        if (url !== 'u5') assert.equal(data, kind);
        kinds.set(url, kind);
      }
    },
  });
  assert.deepEqual(sorted(rig.delivered.slice(0, 5)), all.slice(0, 5));
  assert.deepEqual(rig.delivered.slice(5), ['u5']);
  assert.equal(kinds.get('u1'), 'delete');
  assert.equal(rig.state.snapshotPlace('all'), undefined);
  assert.deepEqual(rig.positions(), { 'a/0': '6.0' });
  assert.deepEqual(rig.state.deadLetters(), []);
});

test('a process that ends in the middle of the snapshot goes on there, and repeats only what was not acknowledged', async () => {
  const { rig, writer } = await trimmedFleet();
  await snapshot(rig, writer, 5);
  const first = rig.coordinator();
  first.start();
  const stuck = Promise.withResolvers<void>();
  await rig.wait(
    first.subscribe(
      rig.spec({
        from: 'snapshot',
        maxBatch: 1,
        deliver: (updates) => {
          if (rig.delivered.length === 3) {
            stuck.resolve();
            return new Promise(() => {});
          }
          for (const { url } of updates) rig.delivered.push(url);
          return undefined;
        },
      }),
    ),
  );
  await rig.wait(stuck.promise);
  await rig.wait(first.stop({ timeoutMs: 0 }));
  assert.notEqual(rig.state.snapshotPlace('all'), undefined);
  await read(rig, { from: 'latest' });
  assert.deepEqual(sorted(rig.delivered), all);
  assert.equal(rig.delivered.at(-1), 'u5');
});

test('an update of a snapshot that the sink blames becomes a dead letter, and can be replayed', async () => {
  const { rig, writer } = await trimmedFleet();
  await snapshot(rig, writer, 5);
  await read(rig, {
    deliver: (updates) => {
      const poison = updates.find(({ url }) => url === 'u2');
      if (poison) throw new PoisonError('cannot be', { update: poison });
      for (const { url } of updates) rig.delivered.push(url);
    },
  });
  assert.deepEqual(sorted(rig.delivered), ['u0', 'u1', 'u3', 'u4', 'u5']);
  const [letter] = rig.state.deadLetters();
  assert.deepEqual([letter?.reason, letter?.url, letter?.sequence], ['poison', 'u2', 2]);
  rig.state.requestReplay([letter?.id as number]);
  await read(rig);
  assert.equal(rig.delivered.at(-1), 'u2');
});

test('a snapshot that loses a part on the way is replaced by the one before, and the log follows from its vector', async () => {
  const { rig, writer } = await trimmedFleet();
  await snapshot(rig, writer, 4);
  const newest = await snapshot(rig, writer, 5);
  const [, second] = await partsOf(rig, newest.snapshot.id);
  await rig.store.inner.delete(second as string);
  await read(rig);
  assert.deepEqual(sorted([...new Set(rig.delivered)]), all);
  assert.deepEqual(rig.delivered.slice(-2), ['u4', 'u5']);
  assert.deepEqual(rig.state.deadLetters(), []);
});

test('where no snapshot can be read any more, it begins with the earliest, and what was trimmed is reported', async () => {
  const { rig, writer } = await trimmedFleet();
  const only = await snapshot(rig, writer, 5);
  const [first] = await partsOf(rig, only.snapshot.id);
  await rig.store.inner.delete(first as string);
  await read(rig);
  assert.deepEqual(rig.delivered, ['u4', 'u5']);
  const [letter] = rig.state.deadLetters();
  assert.deepEqual([letter?.reason, letter?.sequence, letter?.endSequence], ['expired', 0, 4]);
});

test('without any snapshot it begins with the earliest', async () => {
  const { rig } = await trimmedFleet();
  await read(rig);
  assert.deepEqual(rig.delivered, ['u4', 'u5']);
  assert.equal(rig.state.subscription('all')?.from, 'snapshot');
});

test('content that the snapshot lacks comes from the log, and is reported lost where that is trimmed', async () => {
  const { rig, writer } = await trimmedFleet();
  await snapshot(rig, writer, 5, 1);
  await read(rig);
  assert.deepEqual(sorted(rig.delivered), ['u4', 'u5']);
  const letters = rig.state.deadLetters().map(({ reason, sequence }) => `${reason} ${sequence}`);
  assert.deepEqual(sorted(letters), ['expired 0', 'expired 1', 'expired 2', 'expired 3']);
});

test('one without a name reads the snapshot, too', async () => {
  const { rig, writer } = await trimmedFleet();
  await snapshot(rig, writer, 5);
  const { name: _, ...spec } = rig.spec({ from: 'snapshot' });
  const coordinator = rig.coordinator();
  coordinator.start();
  await rig.wait(coordinator.subscribe(spec));
  await rig.wait(coordinator.idle());
  assert.deepEqual(sorted(rig.delivered), all);
  await rig.wait(coordinator.stop());
});
