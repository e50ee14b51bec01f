import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isBucketcastError } from '../../src/base/errors.ts';
import { openMemoryState, openState } from '../../src/state/open-state.ts';
import type { NewDeadLetter, State } from '../../src/state/state.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const clock = { now: () => 1_700_000_000_123.7 };
const random = new SeededRandom(1);
const lane = { writer: 'a~0123456789abcdef~00', lane: 0 };
const letter: NewDeadLetter = {
  ...lane,
  subscription: 'main',
  reason: 'poison',
  message: 'no such feed',
  sequence: 4,
  endSequence: 5,
  index: 2,
  key: 'v1/log/…',
  url: 'https://example.org/1',
  updateId: 'ab'.repeat(16),
  bytes: Uint8Array.of(1, 2, 3),
};

const openers: Record<string, () => State> = {
  memory: () => openMemoryState({ clock, random }),
  directory: () => openState({ directory: temporaryDirectory(), server: 'a', clock, random, role: 'node' }),
};

for (const [place, open] of Object.entries(openers)) {
  describe(`state in ${place}`, () => {
    it('has a host id of 16 hex digits and remembers the fleet', () => {
      using state = closing(open());
      assert.match(state.hostId, /^[0-9a-f]{16}$/);
      assert.equal(state.fleetId(), undefined);
      state.rememberFleet('f1');
      state.rememberFleet('f2');
      assert.equal(state.fleetId(), 'f2');
    });

    it('knows its own writers for ever, and the unparked ones until they are parked', () => {
      using state = closing(open());
      state.recordWriter('w1', 1);
      state.recordWriter('w2', 4);
      assert.deepEqual(state.unparkedWriters('w2'), [
        { writer: 'w1', lanes: 1, createdAt: 1_700_000_000_123 },
      ]);
      state.markParked('w1');
      assert.deepEqual(
        state.unparkedWriters().map(({ writer }) => writer),
        ['w2'],
      );
      assert.deepEqual(
        ['w1', 'w2', 'w3'].map((writer) => state.isOwnWriter(writer)),
        [true, true, false],
      );
      assert.throws(() => state.recordWriter('w1', 1), unusable, 'a writer is recorded once');
    });

    it('creates a subscription together with its start vector, once', () => {
      using state = closing(open());
      state.createSubscription('main', 'latest', [{ ...lane, sequence: 7, index: 0 }], 17);
      assert.deepEqual(state.subscription('main'), {
        name: 'main',
        layout: 'log',
        from: 'latest',
        createdAt: 1_700_000_000_123,
        currentAt: 17,
      });
      assert.deepEqual(state.positions('main'), [{ ...lane, sequence: 7, index: 0 }]);
      assert.throws(
        () => state.createSubscription('main', 'earliest', [{ ...lane, sequence: 9, index: 0 }], 0),
        unusable,
      );
      assert.deepEqual(
        state.positions('main'),
        [{ ...lane, sequence: 7, index: 0 }],
        'the failed creation changed nothing',
      );
      assert.deepEqual(
        state.subscriptions().map(({ name }) => name),
        ['main'],
      );
    });

    it('remembers of each subscription when it was current', () => {
      using state = closing(open());
      for (const name of ['main', 'side']) state.createSubscription(name, 'earliest', [], 17);
      state.rememberCurrent('main', 29.9);
      assert.deepEqual(
        state.subscriptions().map(({ name, currentAt }) => [name, currentAt]),
        [
          ['main', 29],
          ['side', 17],
        ],
      );
      assert.throws(() => state.rememberCurrent('unknown', 1), unusable);
    });

    it('moves positions forward and never back', () => {
      using state = closing(open());
      state.createSubscription('main', 'earliest', [], 0);
      const positions = [
        [3, 5],
        [3, 4],
        [2, 9],
        [4, 0],
        [3, 99],
      ] as const;
      const seen = positions.map(([sequence, index]) => {
        state.advance('main', { positions: [{ ...lane, sequence, index }] });
        const [position] = state.positions('main');
        return [position?.sequence, position?.index];
      });
      assert.deepEqual(seen, [
        [3, 5],
        [3, 5],
        [3, 5],
        [4, 0],
        [4, 0],
      ]);
    });

    it('keeps the positions of subscriptions apart, and forgets them with the subscription or the lane', () => {
      using state = closing(open());
      const other = { ...lane, lane: 1 };
      for (const name of ['main', 'side']) {
        const start = [
          { ...lane, sequence: 1, index: 0 },
          { ...other, sequence: 2, index: 0 },
        ];
        state.createSubscription(name, 'earliest', start, 0);
        state.advance(name, { seenBatches: [`${name}-batch`, `${name}-batch`] });
      }
      state.forgetLanes([lane]);
      assert.deepEqual(state.positions('main'), [{ ...other, sequence: 2, index: 0 }]);
      state.dropSubscription('main');
      assert.deepEqual(state.positions('main'), []);
      assert.deepEqual(state.seenBatches('main'), []);
      assert.deepEqual(state.positions('side'), [{ ...other, sequence: 2, index: 0 }]);
      assert.deepEqual(state.seenBatches('side'), ['side-batch']);
      state.createSubscription('main', 'earliest', [], 0);
      assert.deepEqual(state.positions('main'), [], 'a new subscription of the same name inherits nothing');
    });

    it('forgets seen batches of one subscription alone', () => {
      using state = closing(open());
      for (const name of ['main', 'side']) {
        state.createSubscription(name, 'earliest', [], 0);
        state.advance(name, { seenBatches: ['b1', 'b2'] });
      }
      state.forgetBatches('main', ['b2', 'unknown']);
      assert.deepEqual([state.seenBatches('main'), state.seenBatches('side')], [['b1'], ['b1', 'b2']]);
      assert.throws(() => state.forgetBatches('unknown', ['b1']), unusable);
    });

    it('advances as a whole or not at all', () => {
      using state = closing(open());
      state.createSubscription('main', 'earliest', [], 0);
      const broken = { ...letter, key: undefined as unknown as string };
      assert.throws(
        () =>
          state.advance('main', {
            positions: [{ ...lane, sequence: 5, index: 0 }],
            deadLetters: [letter, broken],
          }),
        unusable,
      );
      assert.deepEqual(state.positions('main'), []);
      assert.deepEqual(state.deadLetters(), []);
      assert.throws(() => state.advance('unknown', {}), unusable);
    });

    it('keeps a dead letter with everything it was given, until it is dropped', () => {
      using state = closing(open());
      state.createSubscription('main', 'earliest', [], 0);
      const bare = {
        ...lane,
        subscription: 'main',
        reason: 'missing',
        message: 'm',
        sequence: 6,
        endSequence: 9,
        key: 'k',
      } as const;
      const kept = state.advance('main', { deadLetters: [letter, bare] });
      assert.deepEqual(
        kept.map(({ id }) => id),
        [1, 2],
      );
      assert.deepEqual(plain(state.deadLetters()), plain(kept));
      assert.deepEqual(
        plain([state.deadLetter(1)]),
        plain([{ ...letter, id: 1, createdAt: 1_700_000_000_123, replay: false }]),
      );
      assert.deepEqual(state.deadLetter(2), { ...bare, id: 2, createdAt: 1_700_000_000_123, replay: false });
      assert.equal(state.dropDeadLetters([1, 1, 7]), 1);
      assert.equal(state.deadLetter(1), undefined);
    });

    it('marks dead letters for replay, and deletes them when the replay is delivered', () => {
      using state = closing(open());
      state.createSubscription('main', 'earliest', [], 0);
      state.advance('main', { deadLetters: [letter, letter, letter] });
      assert.equal(state.requestReplay([2, 3, 9]), 2);
      assert.deepEqual(ids(state.deadLetters({ replay: true, subscription: 'main' })), [2, 3]);
      assert.deepEqual(ids(state.deadLetters({ replay: true, subscription: 'side' })), []);
      state.advance('main', { replayed: [2] });
      assert.deepEqual(ids(state.deadLetters()), [1, 3]);
      assert.deepEqual(ids(state.deadLetters({ replay: false })), [1]);
    });

    it('remembers what is to be recovered with its letter, or neither, until that is ended', () => {
      using state = closing(open());
      state.createSubscription('main', 'earliest', [], 0);
      const lost = { ...letter, reason: 'expired', sequence: 4, endSequence: 9, recover: true } as const;
      const broken = { ...letter, key: undefined as unknown as string };
      assert.throws(() => state.advance('main', { deadLetters: [lost, broken] }), unusable);
      assert.deepEqual(state.recoveries('main'), []);
      state.advance('main', { deadLetters: [letter, lost, { ...lost, lane: 1 }] });
      const first = { letter: 2, ...lane, from: 4, to: 9, updates: 0 };
      const second = { ...first, letter: 3, lane: 1 };
      assert.deepEqual(state.recoveries('main'), [first, second]);
      state.beginRecovery('main', 's', 2);
      state.advance('main', {
        snapshot: [{ snapshot: 's', part: 1, place: 5 }],
        recovered: [{ letter: 2, updates: 3 }],
      });
      assert.deepEqual(state.snapshotPlace('main'), { snapshot: 's', part: 1, place: 5, recovers: 2 });
      assert.deepEqual(state.recoveries('main'), [{ ...first, updates: 3 }, second]);
      state.beginRecovery('main', 't', 3);
      assert.deepEqual(state.recoveries('main'), [first, second]);
      state.endRecovery('main', [{ letter: 2, note: '; some came' }]);
      assert.equal(state.snapshotPlace('main'), undefined);
      assert.deepEqual(state.recoveries('main'), [second]);
      assert.match(state.deadLetter(2)?.message ?? '', /; some came$/);
      state.dropSubscription('main');
      assert.deepEqual(state.recoveries('main'), []);
    });

    it('lists dead letters in pages and without their bytes', () => {
      using state = closing(open());
      state.createSubscription('main', 'earliest', [], 0);
      state.advance('main', { deadLetters: [letter, letter, letter] });
      const page = state.deadLetters({ after: 1, limit: 1, withoutBytes: true });
      assert.deepEqual(ids(page), [2]);
      assert.equal(page[0]?.bytes, undefined);
    });

    it('can be closed twice, and refuses work afterwards', () => {
      const state = open();
      state.close();
      state.close();
      assert.throws(() => state.fleetId(), { code: 'closed' });
    });
  });
}

function closing(state: State): State & Disposable {
  return Object.assign(state, { [Symbol.dispose]: () => state.close() });
}

function unusable(error: unknown): boolean {
  return isBucketcastError(error, 'state-unusable');
}

function ids(letters: readonly { readonly id: number }[]): number[] {
  return letters.map(({ id }) => id);
}

/** Rows read back are Uint8Arrays of another buffer; compare by value. */
function plain(letters: readonly unknown[]): unknown {
  return JSON.parse(JSON.stringify(letters));
}
