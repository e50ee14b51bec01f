import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GroupCommit } from '../../src/coordinate/group-commit.ts';
import type { Advance, NewDeadLetter } from '../../src/state/state.ts';
import { FakeClock } from '../support/fake-clock.ts';

const letter: NewDeadLetter = {
  subscription: 's',
  reason: 'poison',
  message: 'bad',
  writer: 'a',
  lane: 0,
  sequence: 1,
  endSequence: 2,
  key: 'k',
};

function at(lane: number, sequence: number): Advance {
  return { positions: [{ writer: 'a', lane, sequence, index: 0 }], deadLetters: [] };
}

/** A group commit that writes down each commit as `<lane>:<sequence> … [letters]`. */
function rig() {
  const clock = new FakeClock();
  const committed: string[] = [];
  const failures: unknown[] = [];
  const trouble: { error: Error | undefined } = { error: undefined };
  const commits = new GroupCommit({
    clock,
    commit: ({ positions = [], deadLetters = [] }) => {
      if (trouble.error !== undefined) throw trouble.error;
      const places = positions.map(({ lane, sequence }) => `${lane}:${sequence}`);
      committed.push([...places, ...deadLetters.map(({ message }) => message)].join(' '));
    },
    failed: (error) => failures.push(error),
  });
  return { clock, committed, commits, failures, trouble };
}

test('what follows fast is committed together, the latest place of each lane', async () => {
  const { clock, committed, commits } = rig();
  commits.add(at(0, 1), 'soon');
  assert.deepEqual(committed, ['0:1'], 'the first waits for nothing');
  for (const change of [at(0, 2), at(1, 7), at(0, 3)]) commits.add(change, 'soon');
  assert.equal(commits.isEmpty, false);
  await clock.advance(99);
  assert.equal(committed.length, 1);
  await clock.advance(1);
  assert.deepEqual(committed, ['0:1', '0:3 1:7']);
  assert.equal(commits.isEmpty, true);
  assert.equal(clock.pending, 0);
});

test('it does not take a timer: a sink may leave the event loop no turn', () => {
  const { clock, committed, commits } = rig();
  for (let sequence = 1; sequence <= 25; sequence += 1) {
    commits.add(at(0, sequence), 'soon');
    clock.compute(10);
  }
  assert.deepEqual(committed, ['0:1', '0:11', '0:21']);
});

test('a dead letter, and whatever is asked for now, is committed at once, together with what waits', () => {
  const { clock, committed, commits } = rig();
  for (const change of [at(0, 1), at(0, 2)]) commits.add(change, 'soon');
  commits.add({ ...at(1, 1), deadLetters: [letter] }, 'soon');
  assert.deepEqual(committed, ['0:1', '0:2 1:1 bad']);
  commits.add(at(0, 3), 'soon');
  commits.add(at(1, 2), 'now');
  assert.deepEqual(committed.slice(2), ['0:3 1:2']);
  commits.add(at(0, 4), 'soon');
  commits.add({}, 'now');
  commits.add({}, 'now');
  assert.deepEqual(committed.slice(3), ['0:4']);
  assert.equal(clock.pending, 0);
});

test('what could not be committed says so: to who asked, else as a failure', async () => {
  const { clock, committed, commits, failures, trouble } = rig();
  for (const change of [at(0, 1), at(0, 2)]) commits.add(change, 'soon');
  trouble.error = new Error('disk full');
  assert.throws(() => commits.add(at(1, 1), 'now'), /disk full/);
  assert.throws(() => commits.flush(), /disk full/);
  await clock.advance(100);
  assert.deepEqual(failures, [trouble.error]);
  commits.drop();
  trouble.error = undefined;
  commits.flush();
  assert.deepEqual([committed, commits.isEmpty], [['0:1'], true]);
});

test('in a hurry nothing waits', () => {
  const { clock, committed, commits } = rig();
  for (const change of [at(0, 1), at(0, 2)]) commits.add(change, 'soon');
  commits.hurry();
  commits.add(at(0, 3), 'soon');
  assert.deepEqual([committed, clock.pending], [['0:1', '0:2', '0:3'], 0]);
});
