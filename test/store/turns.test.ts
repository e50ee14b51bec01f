import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { describe, it } from 'node:test';
import { ranks } from '../../src/store/request-queue.ts';
import { Turns } from '../../src/store/turns.ts';

/** Takes a turn that lasts until `finish`, and tells of its beginning. */
function setUp(concurrency: number) {
  const turns = new Turns(concurrency);
  const begun: string[] = [];
  const take = (name: string, signal?: AbortSignal) => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const run = () => {
      begun.push(name);
      return promise;
    };
    return { done: turns.take(run, ranks.read, signal), finish: () => resolve(name) };
  };
  return { turns, begun, take };
}

describe('Turns', () => {
  it('begins at once what there is room for, and the others as soon as one has ended', async () => {
    const { turns, begun, take } = setUp(2);
    const [a, b, c] = [take('a'), take('b'), take('c')];
    assert.deepEqual(begun, ['a', 'b']);
    assert.deepEqual([turns.pending, turns.size], [2, 1]);
    b.finish();
    assert.equal(await b.done, 'b');
    assert.deepEqual(begun, ['a', 'b', 'c']);
    a.finish();
    c.finish();
    await Promise.all([a.done, c.done]);
    assert.deepEqual([turns.pending, turns.size], [0, 0]);
  });

  it('gives the turn on when what had it failed', async () => {
    const { turns, begun, take } = setUp(1);
    const failing = turns.take(async () => Promise.reject(new Error('broken')), ranks.read);
    const next = take('next');
    await assert.rejects(failing, /broken/);
    assert.deepEqual(begun, ['next']);
    next.finish();
    await next.done;
  });

  it('begins nothing while it is paused, and everything that fits when that is over or there is more room', async () => {
    const { turns, begun, take } = setUp(1);
    turns.pause();
    const all = [take('a'), take('b'), take('c')];
    assert.deepEqual(begun, []);
    turns.start();
    assert.deepEqual(begun, ['a']);
    turns.concurrency = 3;
    assert.deepEqual(begun, ['a', 'b', 'c']);
    for (const { finish } of all) finish();
    await Promise.all(all.map(({ done }) => done));
  });

  it('takes all who share a signal out of the line when it is aborted, but nobody who has begun', async () => {
    const { turns, begun, take } = setUp(1);
    const { signal, abort } = aborting();
    const first = take('first', signal);
    const gone = [take('gone', signal), take('gone', signal)];
    const last = take('last');
    assert.equal(getEventListeners(signal, 'abort').length, 1);
    abort();
    for (const { done } of gone) await assert.rejects(done, /enough/);
    await assert.rejects(take('late', signal).done, /enough/);
    assert.deepEqual([turns.pending, turns.size], [1, 1]);
    first.finish();
    assert.equal(await first.done, 'first');
    last.finish();
    assert.equal(await last.done, 'last');
    assert.deepEqual(begun, ['first', 'last']);
  });

  it('leaves no listener behind on a signal when all have had their turns', async () => {
    const { take } = setUp(1);
    const { signal } = aborting();
    const all = [take('a', signal), take('b', signal), take('c', signal)];
    for (const { finish } of all) finish();
    await Promise.all(all.map(({ done }) => done));
    assert.equal(getEventListeners(signal, 'abort').length, 0);
  });
});

function aborting() {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort(new Error('enough')) };
}
