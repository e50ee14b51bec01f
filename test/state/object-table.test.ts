import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isBucketcastError } from '../../src/base/errors.ts';
import type { PendingObject } from '../../src/state/object-table.ts';
import { openMemoryState, openState } from '../../src/state/open-state.ts';
import type { NewDeadLetter } from '../../src/state/state.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const clock = { now: () => 1_700_000_000_000 };
const random = new SeededRandom(1);
const start = new Uint8Array(16);
const digestOf = (n: number) => Buffer.alloc(16, n);
const object = (n: number): PendingObject => ({
  row: n,
  digest: digestOf(n),
  key: `feed-updates/a/${n}.json`,
  size: 100 * n,
  lastModified: 1_700_000_000_000 - n,
});
const letter: NewDeadLetter = {
  subscription: 'main',
  reason: 'missing',
  message: 'gone',
  writer: 'a',
  lane: 0,
  sequence: 0,
  endSequence: 1,
  key: 'feed-updates/a/1.json',
};

function created() {
  const state = openMemoryState({ clock, random });
  const reader = state.objects.begin();
  state.createObjectSubscription('main', 'earliest', reader, 5);
  return { state, objects: state.objects, reader };
}

test('a subscription of the objects layout exists once its start set is saved', () => {
  using state = closing(openMemoryState({ clock, random }));
  const { objects } = state;
  const reader = objects.begin();
  objects.addSeen(reader, Buffer.concat([digestOf(2), digestOf(1)]));
  assert.deepEqual([state.subscriptions(), objects.reader('main')], [[], undefined]);
  assert.deepEqual(objects.unfinished(), [reader]);
  state.createObjectSubscription('main', 'latest', reader, 5);
  assert.equal(state.subscription('main')?.layout, 'objects');
  assert.equal(objects.reader('main'), reader);
  assert.deepEqual(objects.unfinished(), []);
  assert.deepEqual(objects.seen(reader, start, 10), Buffer.concat([digestOf(1), digestOf(2)]));
  assert.deepEqual(objects.seen(reader, digestOf(1), 10), digestOf(2));
  const again = objects.begin();
  assert.throws(
    () => state.createObjectSubscription('main', 'latest', again, 5),
    (error) => isBucketcastError(error, 'state-unusable'),
  );
  assert.deepEqual(objects.unfinished(), [again], 'the failed creation changed nothing');
});

test('what an unfinished reader holds is taken away piece by piece', () => {
  const { objects } = openMemoryState({ clock, random });
  const reader = objects.begin();
  objects.addSeen(reader, Buffer.concat([1, 2, 3, 4, 5].map(digestOf)));
  assert.equal(objects.discard(reader, 4), false);
  assert.equal(objects.seen(reader, start, 10).length, 16);
  assert.equal(objects.discard(reader, 4), true);
  assert.deepEqual(objects.unfinished(), []);
});

test('a reader has no place until it is told one', () => {
  const { objects, reader } = created();
  const other = objects.begin();
  assert.equal(objects.place(reader), undefined);
  objects.setPlace(reader, 'here');
  assert.deepEqual([objects.place(reader), objects.place(other)], ['here', undefined]);
});

test('what is found is pending until it is acknowledged, and seen from then on', () => {
  const { state, objects, reader } = created();
  objects.addPending(reader, [object(1), object(2), object(3)]);
  assert.deepEqual(objects.countPending(reader), { count: 3, lastRow: 3 });
  assert.equal(objects.oldestPending(reader), object(3).lastModified);
  assert.deepEqual(objects.pending(reader, 1, 10), [object(2), object(3)].map(plain));
  state.advance('main', { objects: [1, 3], deadLetters: [letter] });
  assert.deepEqual(objects.pending(reader, 0, 10), [object(2)].map(plain));
  assert.deepEqual(objects.seen(reader, start, 10), Buffer.concat([digestOf(1), digestOf(3)]));
  assert.equal(state.deadLetters().length, 1);
  objects.forgetSeen(reader, Buffer.concat([digestOf(1), digestOf(9)]));
  assert.deepEqual(objects.seen(reader, start, 10), digestOf(3));
});

test('an acknowledgement that fails midway changes nothing', () => {
  const { state, objects, reader } = created();
  objects.addPending(reader, [object(1)]);
  const broken = { ...letter, message: undefined as unknown as string };
  assert.throws(() => state.advance('main', { objects: [1], deadLetters: [broken] }));
  assert.equal(objects.countPending(reader).count, 1);
  assert.equal(objects.seen(reader, start, 10).length, 0);
  assert.throws(() => objects.addPending(reader, [object(2), object(1)]));
  assert.equal(objects.countPending(reader).count, 1);
});

test('all of it goes with its subscription, and nothing of another', () => {
  const { state, objects, reader } = created();
  const other = objects.begin();
  state.createObjectSubscription('other', 'earliest', other, 5);
  for (const each of [reader, other]) {
    objects.addPending(each, [object(1)]);
    objects.addSeen(each, digestOf(2));
  }
  state.dropSubscription('main');
  assert.deepEqual([objects.countPending(reader).count, objects.seen(reader, start, 9).length], [0, 0]);
  assert.deepEqual([objects.countPending(other).count, objects.seen(other, start, 9).length], [1, 16]);
});

test('all of it outlives the process', () => {
  const directory = temporaryDirectory();
  const open = () => openState({ directory, server: 'a', clock, random, role: 'node' });
  const before = open();
  const reader = before.objects.begin();
  before.createObjectSubscription('main', 'earliest', reader, 5);
  before.objects.addPending(reader, [object(1), object(2)]);
  before.advance('main', { objects: [1] });
  before.close();
  using state = closing(open());
  assert.equal(state.objects.reader('main'), reader);
  assert.deepEqual(state.objects.pending(reader, 0, 10), [object(2)].map(plain));
  assert.deepEqual(state.objects.seen(reader, start, 10), digestOf(1));
});

/** As it comes from the database: bytes are no Buffer there. */
function plain(pending: PendingObject): PendingObject {
  return { ...pending, digest: new Uint8Array(pending.digest) };
}

function closing<S extends { close(): void }>(state: S): S & Disposable {
  return Object.assign(state, { [Symbol.dispose]: () => state.close() });
}
