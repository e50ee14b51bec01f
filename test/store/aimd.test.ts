import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Aimd, onSuccess, onThrottled, startAimd, withMax } from '../../src/store/aimd.ts';

const succeed = (state: Aimd, times: number) => {
  let next = state;
  for (let i = 0; i < times; i += 1) next = onSuccess(next, 0);
  return next;
};

describe('AIMD', () => {
  it('starts with all that is allowed and stays there while nothing is throttled', () => {
    assert.equal(succeed(startAimd(64), 1000).limit, 64);
  });

  it('halves when the store throttles', () => {
    assert.equal(onThrottled(startAimd(64), 5, 10).limit, 32);
  });

  it('makes one cut of all the refusals of one round trip', () => {
    let state = startAimd(64);
    for (let i = 0; i < 40; i += 1) state = onThrottled(state, 5, 10 + i);
    assert.equal(state.limit, 32);
    assert.equal(onThrottled(state, 11, 60).limit, 16, 'a request begun after the cut cuts again');
  });

  it('never goes below one', () => {
    let state = startAimd(3);
    for (let at = 0; at < 10; at += 1) state = onThrottled(state, at, at);
    assert.equal(state.limit, 1);
  });

  it('grows by one for every `limit` successes, up to the ceiling', () => {
    const cut = onThrottled(startAimd(8), 0, 0);
    assert.equal(succeed(cut, 3).limit, 4);
    assert.equal(succeed(cut, 4).limit, 5);
    assert.equal(succeed(cut, 4 + 5).limit, 6);
    assert.equal(succeed(cut, 1000).limit, 8);
  });

  it('learns nothing from the success of a request begun before the cut', () => {
    const cut = onThrottled(startAimd(2), 5, 10);
    assert.equal(onSuccess(cut, 9).limit, 1);
    assert.equal(onSuccess(cut, 10).limit, 2);
  });

  it('forgets the successes before a cut', () => {
    const nearly = succeed(onThrottled(startAimd(8), 0, 0), 3);
    assert.equal(onSuccess(onThrottled(nearly, 1, 1), 1).limit, 2);
  });

  it('takes a new ceiling at once when nothing was cut, and grows towards it otherwise', () => {
    assert.equal(withMax(startAimd(8), 100).limit, 100);
    assert.equal(withMax(startAimd(8), 3).limit, 3);
    const cut = withMax(onThrottled(startAimd(8), 0, 0), 100);
    assert.deepEqual([cut.limit, cut.max], [4, 100]);
    assert.equal(withMax(cut, 2).limit, 2);
  });
});
