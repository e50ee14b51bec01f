import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type LaneProgress,
  noProgress,
  type ProgressMessage,
  progress,
} from '../../src/publish/lane-progress.ts';

function after(...messages: ProgressMessage[]) {
  let state: LaneProgress = noProgress;
  let effects: ReturnType<typeof progress>['effects'] = [];
  for (const message of messages) ({ state, effects } = progress(state, message));
  return { state, effects };
}
const begin = { type: 'begin' } as const;
const durable = (sequence: number) => ({ type: 'durable', sequence }) as const;

test('numbers are given out without holes', () => {
  assert.deepEqual(after(begin, begin, begin).effects, [{ type: 'write', sequence: 2 }]);
});

test('a number is settled only with all before it', () => {
  assert.deepEqual(after(begin, begin, begin, durable(1)).effects, []);
  assert.deepEqual(after(begin, begin, begin, durable(2), durable(1)).effects, []);
  const all = after(begin, begin, begin, durable(2), durable(1), durable(0));
  assert.deepEqual(all.effects, [{ type: 'settle', from: 0, to: 3 }]);
  assert.deepEqual([all.state.prefix, all.state.beyond.size], [3, 0]);
});

test('a refused number keeps its place until its tombstone is durable', () => {
  const refused = after(begin, begin, durable(1), { type: 'refused', sequence: 0 });
  assert.deepEqual(refused.effects, [{ type: 'entomb', sequence: 0 }]);
  assert.equal(refused.state.prefix, 0);
  assert.deepEqual(progress(refused.state, durable(0)).effects, [{ type: 'settle', from: 0, to: 2 }]);
});
