import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BucketcastError, PoisonError } from '../../src/base/errors.ts';
import type { Update } from '../../src/base/update.ts';
import {
  acknowledge,
  blame,
  type Delivery,
  isComplete,
  newDelivery,
  pendingUpdates,
} from '../../src/coordinate/delivery-state.ts';
import type { LaneEntry } from '../../src/coordinate/lane-entries.ts';
import { SeededRandom } from '../support/seeded-random.ts';

const writers = { a: `a~${'0'.repeat(16)}~${'0'.repeat(32)}`, b: `b~${'0'.repeat(16)}~${'0'.repeat(32)}` };

/** An update of segment `sequence` of a lane, which holds that one alone. */
function update(lane: keyof typeof writers, sequence: number): LaneEntry {
  const writer = writers[lane];
  const value = {
    url: `${lane}${sequence}`,
    id: '',
    writer,
    lane: 0,
    sequence,
    index: 0,
    content: null,
    data: null,
  };
  const after = { writer, lane: 0, sequence: sequence + 1, index: 0 };
  return { type: 'update', update: value as unknown as Update, record: new Uint8Array([sequence]), after };
}

function lost(lane: keyof typeof writers, from: number, to: number): LaneEntry {
  const after = { writer: writers[lane], lane: 0, sequence: to, index: 0 };
  return { type: 'lost', loss: { reason: 'missing', from, to, message: 'gone' }, after };
}

function skip(lane: keyof typeof writers, sequence: number): LaneEntry {
  return { type: 'skip', after: { writer: writers[lane], lane: 0, sequence: sequence + 1, index: 0 } };
}

function updateOf(entry: LaneEntry | undefined): Update {
  if (entry?.type !== 'update') throw new Error('not an update');
  return entry.update;
}

function pending(delivery: Delivery): string[] {
  return pendingUpdates(delivery).map(({ url }) => url);
}

test('updates that share one place are told apart, as the objects of one server have to be', () => {
  const [first, second, third] = ['1', '2', '3'].map((token) => {
    const entry = update('a', 0) as Extract<LaneEntry, { type: 'update' }>;
    const value = { ...entry.update, id: token.repeat(32), url: token };
    return { ...entry, update: value, after: { ...entry.after, writer: `row/${token}` } };
  }) as [LaneEntry, LaneEntry, LaneEntry];
  const delivery = newDelivery([first, second, third]);
  const { delivery: moved } = acknowledge(delivery, updateOf(second), 's');
  assert.deepEqual(pending(moved), ['3']);
  const copy = { ...updateOf(third) };
  const verdict = blame(delivery, new PoisonError('bad', { update: copy }));
  assert.deepEqual(verdict.type === 'again' && pending(verdict.delivery), ['1', '2']);
});

/** Positions `<lane><sequence>` and dead letters `<reason> <lane><from>-<to>` of a change. */
function committed(delivery: Delivery, upTo?: Update) {
  const { delivery: next, change } = acknowledge(delivery, upTo, 's');
  const positions = (change.positions ?? []).map(({ writer, sequence }) => `${writer[0]}${sequence}`);
  const letters = (change.deadLetters ?? []).map(
    ({ reason, writer, sequence, endSequence }) => `${reason} ${writer[0]}${sequence}-${endSequence}`,
  );
  return { next, positions, letters };
}

test('an acknowledgement moves each lane behind its last update of the acknowledged part', () => {
  const entries = [update('a', 0), update('a', 1), update('b', 5), update('a', 2)];
  const first = committed(newDelivery(entries), updateOf(entries[2]));
  assert.deepEqual(first.positions, ['a2', 'b6']);
  assert.deepEqual(pending(first.next), ['a2']);
  const second = committed(first.next, updateOf(entries[3]));
  assert.deepEqual(second.positions, ['a3']);
  assert.equal(isComplete(second.next), true);
});

test('a loss or a tombstone is stepped over only when everything before it is acknowledged', () => {
  const entries = [update('a', 0), lost('a', 1, 3), skip('a', 3), update('a', 4)];
  const none = committed(newDelivery(entries));
  assert.deepEqual([none.positions, none.letters], [[], []]);
  const first = committed(none.next, updateOf(entries[0]));
  assert.deepEqual([first.positions, first.letters], [['a4'], ['missing a1-3']]);
  assert.deepEqual(pending(first.next), ['a4']);
});

test('a batch of losses alone needs no acknowledgement', () => {
  const { next, letters, positions } = committed(newDelivery([lost('a', 0, 2), skip('a', 2)]));
  assert.deepEqual([isComplete(next), letters, positions], [true, ['missing a0-2'], ['a3']]);
});

test('acknowledging twice, or something else, moves nothing', () => {
  const entries = [update('a', 0), update('a', 1)];
  const { next } = committed(newDelivery(entries), updateOf(entries[0]));
  assert.equal(acknowledge(next, updateOf(entries[0]), 's').delivery, next);
  assert.equal(acknowledge(next, updateOf(update('b', 0)), 's').delivery, next);
});

test('a blamed update is dead once what stands before it is acknowledged', () => {
  const entries = [update('a', 0), update('a', 1), update('a', 2)];
  const verdict = blame(newDelivery(entries), new PoisonError('bad', { update: updateOf(entries[1]) }));
  assert.ok(verdict.type === 'again');
  assert.deepEqual(pending(verdict.delivery), ['a0', 'a2']);
  const first = committed(verdict.delivery, updateOf(entries[0]));
  assert.deepEqual([first.positions, first.letters], [['a2'], ['poison a1-2']]);
});

test('blame without a name goes through the updates one by one', () => {
  const entries = [update('a', 0), update('a', 1)];
  const verdict = blame(newDelivery(entries), new PoisonError('bad'));
  assert.ok(verdict.type === 'again');
  assert.deepEqual(pending(verdict.delivery), ['a0']);
  const second = blame(verdict.delivery, new PoisonError('bad'));
  assert.ok(second.type === 'again');
  assert.deepEqual(pending(second.delivery), ['a1']);
});

test('blame of an update that is not in the batch is blame without a name', () => {
  const entries = [update('a', 0), update('a', 1)];
  const verdict = blame(newDelivery(entries), new PoisonError('bad', { update: updateOf(update('b', 9)) }));
  assert.ok(verdict.type === 'again' && verdict.delivery.singly);
});

test('any other error is trouble of the sink', () => {
  const delivery = newDelivery([update('a', 0)]);
  const errors = [new Error('x'), 'x', undefined, new BucketcastError('corrupt', 'elsewhere')];
  for (const error of errors) assert.equal(blame(delivery, error).type, 'pause');
});

test('whatever is acknowledged and blamed, every entry is committed once and in order', () => {
  for (let seed = 0; seed < 300; seed += 1) {
    const random = new SeededRandom(seed);
    const entries: LaneEntry[] = [];
    const next = { a: 0, b: 0 };
    for (let at = 0; at < 1 + random.below(20); at += 1) {
      const lane = random.pick(['a', 'b'] as const);
      const sequence = next[lane]++;
      entries.push(
        random.pick([update, skip, (l, s) => lost(l, s, s + 1)] as (typeof update)[])(lane, sequence),
      );
    }
    let delivery = newDelivery(entries);
    const reached = { a: 0, b: 0 };
    for (let step = 0; step < 500 && !isComplete(delivery); step += 1) {
      const waiting = pendingUpdates(delivery);
      const one = waiting.length > 0 ? random.pick(waiting) : undefined;
      if (one !== undefined && random.chance(0.4)) {
        const error = random.chance(0.5) ? new PoisonError('bad', { update: one }) : new PoisonError('bad');
        const verdict = blame(delivery, error);
        assert.ok(verdict.type === 'again');
        delivery = verdict.delivery;
      }
      const upTo = one !== undefined && random.chance(0.6) ? one : undefined;
      const { delivery: after, change } = acknowledge(delivery, upTo, 's');
      assert.ok(after.done >= delivery.done);
      for (const { writer, sequence } of change.positions ?? []) {
        const lane = writer[0] as 'a' | 'b';
        assert.ok(sequence > reached[lane], `seed ${seed}: a position never goes back`);
        reached[lane] = sequence;
      }
      delivery = after;
    }
    assert.deepEqual(reached, next, `seed ${seed}`);
  }
});
