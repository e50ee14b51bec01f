import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KeyedWork } from '../../src/sources/keyed-work.ts';
import { FakeClock, settle } from '../support/fake-clock.ts';

interface Run {
  readonly key: string;
  readonly items: readonly number[];
  readonly attempt: number;
  readonly end: (againInMs?: number) => void;
}

function work(options: { atOnce?: number; delayMs?: number; together?: boolean } = {}) {
  const clock = new FakeClock();
  const runs: Run[] = [];
  const keyed = new KeyedWork<number>({
    atOnce: 2,
    delayMs: 0,
    together: false,
    ...options,
    clock,
    run: (key, items, attempt) =>
      new Promise((resolve) => {
        runs.push({ key, items, attempt, end: (againInMs) => resolve(againInMs) });
      }),
  });
  const begun = () => runs.map(({ key, items }) => `${key}${items.join('+')}`);
  return { clock, runs, keyed, begun };
}

test('items of one key are done one after the other, those of others meanwhile', async () => {
  const { keyed, runs, begun } = work();
  keyed.add('a', 1);
  keyed.add('a', 2);
  keyed.add('b', 3);
  assert.deepEqual(begun(), ['a1', 'b3']);
  runs[0]?.end();
  await settle();
  assert.deepEqual(begun(), ['a1', 'b3', 'a2']);
});

test('no more keys than there are places are worked on at once', async () => {
  const { keyed, runs, begun } = work();
  for (const [index, key] of ['a', 'b', 'c', 'd'].entries()) keyed.add(key, index);
  assert.deepEqual(begun(), ['a0', 'b1']);
  runs[1]?.end();
  await settle();
  assert.deepEqual(begun(), ['a0', 'b1', 'c2']);
  assert.equal(keyed.running, 2);
});

test('what comes within the delay goes together, and what comes during a run goes into the next', async () => {
  const { clock, keyed, runs, begun } = work({ delayMs: 200, together: true });
  keyed.add('a', 1);
  await clock.advance(150);
  keyed.add('a', 2);
  assert.deepEqual(begun(), []);
  await clock.advance(50);
  assert.deepEqual(begun(), ['a1+2']);
  keyed.add('a', 3);
  keyed.add('a', 4);
  runs[0]?.end();
  await settle();
  assert.deepEqual(begun(), ['a1+2']);
  await clock.advance(200);
  assert.deepEqual(begun(), ['a1+2', 'a3+4']);
});

test('a run that has to come again keeps its place in its line, and nobody else’s', async () => {
  const { clock, keyed, runs, begun } = work({ atOnce: 1 });
  keyed.add('a', 1);
  keyed.add('a', 2);
  keyed.add('b', 3);
  runs[0]?.end(1_000);
  await settle();
  assert.deepEqual(begun(), ['a1', 'b3']);
  runs[1]?.end();
  await clock.advance(1_000);
  assert.deepEqual(begun(), ['a1', 'b3', 'a1']);
  assert.equal(runs[2]?.attempt, 1);
  runs[2]?.end();
  await settle();
  assert.deepEqual([begun().at(-1), runs[3]?.attempt], ['a2', 0]);
});

test('in a hurry nothing waits for others to join', () => {
  const { keyed, begun } = work({ delayMs: 200, together: true });
  keyed.add('a', 1);
  keyed.add('b', 2);
  keyed.hurry();
  assert.deepEqual(begun(), ['a1', 'b2']);
});

test('a close gives back what has not begun, and leaves no timer', async () => {
  const { clock, keyed, runs, begun } = work({ delayMs: 200 });
  keyed.add('a', 1);
  await clock.advance(200);
  keyed.add('a', 2);
  keyed.add('b', 3);
  assert.deepEqual(keyed.close(), [2, 3]);
  assert.equal(clock.pending, 0);
  runs[0]?.end();
  keyed.add('c', 4);
  await clock.advance(1_000);
  assert.deepEqual(begun(), ['a1']);
});
