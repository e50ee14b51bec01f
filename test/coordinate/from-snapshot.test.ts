import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PoisonError } from '../../src/base/errors.ts';
import type { SubscriptionSpec } from '../../src/coordinate/subscription.ts';
import { noKeys } from '../../src/log/fleet-keys.ts';
import { encodeRecord } from '../../src/log/record.ts';
import { parseSnapshotKey } from '../../src/log/snapshot-keys.ts';
import { writeSnapshot } from '../../src/snapshots/write-snapshot.ts';
import { newestRow } from '../../src/state/newest-row.ts';
import { openMemoryState } from '../../src/state/open-state.ts';
import { settle } from '../support/fake-clock.ts';
import { Rig } from './rig.ts';

const all = ['u0', 'u1', 'u2', 'u3', 'u4', 'u5'];
const sorted = (urls: readonly string[]) => [...urls].sort();

/** A log of six segments with an update of `u<n>` each, of which the first four are trimmed. */
async function trimmedFleet() {
  const rig = new Rig();
  const writer = rig.log.writer('a');
  for (const [sequence, url] of all.entries()) await rig.log.segment(writer, sequence, [url]);
  await rig.log.tip(writer, { next: 6, oldest: 4 });
  await rig.log.trim(writer, 0, 4);
  return { rig, writer };
}

let rev = 0;
async function snapshot(rig: Rig, writer: string, urls: number, maxContentBytes = 100) {
  const { clock, random } = rig;
  const index = openMemoryState({ clock, random });
  const newest = Array.from({ length: urls }, (_, sequence) => {
    const kind = sequence === 1 ? 'delete' : 'put';
    const stamp = { id: `${sequence}`.padStart(32, '0'), hlc: BigInt(sequence + 1) << 16n };
    const record = encodeRecord({ url: `u${sequence}`, kind, data: kind }, stamp);
    return newestRow(record, { writer, lane: 0, sequence, index: 0 }, { storedAt: 0, maxContentBytes });
  });
  index.createSubscription(
    '~index',
    'earliest',
    [{ writer, lane: 0, sequence: urls, index: 0 }],
    clock.now(),
  );
  index.advance('~index', { newest });
  rev += 1;
  const signal = new AbortController().signal;
  return writeSnapshot(rev, clock.now(), {
    store: rig.store.inner,
    fleet: { fleetId: rig.log.fleetId, keys: noKeys },
    state: index,
    clock: { sleep: () => settle() },
    random,
    server: 'a',
    reader: '~index',
    partUrls: 2,
    signal,
  });
}

/** The keys of a snapshot's parts. */
async function partsOf(rig: Rig, id: string): Promise<string[]> {
  const { objects } = await rig.store.inner.list('v1/snapshots/');
  return objects.flatMap(({ key }) => {
    const parsed = parseSnapshotKey(key);
    return parsed?.snapshot.id === id && parsed.object !== 'manifest' ? [key] : [];
  });
}

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
