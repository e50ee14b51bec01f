import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  isClean,
  newTipState,
  stepTip,
  type TipMessage,
  type TipState,
  type TipStep,
} from '../../src/publish/tip-state.ts';

/** Steps at given monotonic times; returns the last step, and all effects. */
function run(
  ...steps: readonly (readonly [now: number, message: TipMessage])[]
): TipStep & { readonly state: TipState } {
  let state = newTipState(2);
  const effects = [];
  for (const [now, message] of steps) {
    const step = stepTip(state, message, now, 1000);
    state = step.state;
    effects.push(...step.effects);
  }
  return { state, effects };
}
const reach = (next: number, lane = 0) => ({ type: 'reach', lane, next }) as const;
const written = (key: string) => ({ type: 'written', key }) as const;
const types = ({ effects }: TipStep) => effects.map(({ type }) => type);
const revs = ({ effects }: TipStep) =>
  effects.flatMap((effect) => (effect.type === 'write' ? [effect.rev] : []));

test('a tip that has nothing to say is not written', () => {
  assert.deepEqual(run([0, { type: 'tick' }], [0, { type: 'finish' }]).effects, []);
});

test('after idleness the tip follows at once, then at most once an interval', () => {
  const first = run([5000, reach(1)]);
  assert.deepEqual(types(first), ['write']);
  const busy = run([5000, reach(1)], [5010, written('a')], [5100, reach(2)]);
  assert.deepEqual(busy.effects.at(-1), { type: 'wake', ms: 900 });
  const waited = run([5000, reach(1)], [5010, written('a')], [5100, reach(2)], [6000, { type: 'tick' }]);
  assert.deepEqual(revs(waited), [1, 2]);
});

test('at stop the interval no longer counts', () => {
  const stopped = run([5000, reach(1)], [5010, written('a')], [5100, reach(2)], [5100, { type: 'finish' }]);
  assert.deepEqual(revs(stopped), [1, 2]);
});

test('lanes that move while a tip is written are in the next one', () => {
  const { state, effects } = run(
    [0, reach(1)],
    [1, reach(4, 1)],
    [10, written('a')],
    [1000, { type: 'tick' }],
  );
  const last = effects.at(-1);
  assert.deepEqual(last?.type === 'write' ? last.lanes.map(({ next }) => next) : last, [1, 4]);
  assert.equal(isClean(state), false);
});

test('every attempt has a rev of its own, also after a failure', () => {
  const failed = { type: 'failed', key: 'a', mayExist: true, retryMs: 50 } as const;
  const retried = run([0, reach(1)], [10, failed], [59, { type: 'tick' }], [1000, { type: 'tick' }]);
  assert.deepEqual(revs(retried), [1, 2]);
});

test('the older tip is deleted only once the newer one is acknowledged', () => {
  const steps = [
    [0, reach(1)],
    [1, written('a')],
    [1, reach(2)],
    [1000, { type: 'tick' }],
  ] as const;
  assert.equal(types(run(...steps)).includes('sweep'), false);
  assert.deepEqual(run(...steps, [1001, written('b')]).effects.at(-1), { type: 'sweep', keys: ['a'] });
});

test('a tip whose attempt failed without an answer is deleted with the next one, a refused one is not', () => {
  const failing = (mayExist: boolean) =>
    run(
      [0, reach(1)],
      [1, { type: 'failed', key: 'a', mayExist, retryMs: 0 }],
      [1000, { type: 'tick' }],
      [1001, written('b')],
    ).effects.filter(({ type }) => type === 'sweep');
  assert.deepEqual(failing(true), [{ type: 'sweep', keys: ['a'] }]);
  assert.deepEqual(failing(false), []);
});

test('a failed deletion is remembered and tried again, but not without end', () => {
  const sweep = { type: 'swept', failed: ['a'], retryMs: 10 } as const;
  const begun = run([0, reach(1)], [1, written('a')], [1000, reach(2)], [1001, written('b')]);
  let { state } = begun;
  let sweeps = 0;
  for (let now = 2000; now < 3000; now += 10) {
    if (state.sweeping.length > 0) sweeps += 1;
    state = stepTip(state, state.sweeping.length > 0 ? sweep : { type: 'tick' }, now, 1000).state;
  }
  assert.equal(sweeps, 9);
  assert.deepEqual(state.litter, ['a']);
  const next = stepTip(stepTip(state, reach(3), 3000, 1000).state, written('c'), 3001, 1000);
  assert.deepEqual(next.effects.at(-1), { type: 'sweep', keys: ['a', 'b'] });
});

test('oldest never passes next, and neither goes back', () => {
  const { state } = run([0, reach(5)], [0, { type: 'raise', lane: 0, oldest: 9 }], [0, reach(3)]);
  assert.deepEqual(state.wanted[0], { next: 5, oldest: 5 });
  assert.deepEqual(stepTip(state, { type: 'raise', lane: 0, oldest: 2 }, 0, 1000).state.wanted[0], {
    next: 5,
    oldest: 5,
  });
});
