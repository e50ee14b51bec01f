import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type DuePath, DuePaths, type Looked } from '../../src/sources/due-paths.ts';
import { FakeClock } from '../support/fake-clock.ts';

function setUp({
  concurrency = 2,
  maxPaths = 100,
  look,
}: {
  concurrency?: number;
  maxPaths?: number;
  look?: (due: DuePath) => Promise<Looked>;
} = {}) {
  const clock = new FakeClock();
  const looks: string[] = [];
  const restless: string[] = [];
  let overflows = 0;
  const due = new DuePaths({
    clock,
    settleMs: 100,
    concurrency,
    maxPaths,
    look: async (path) => {
      looks.push(`${path.path} ${clock.monotonic()}`);
      return look?.(path) ?? 'done';
    },
    onOverflow: () => {
      overflows += 1;
    },
    onRestless: (path) => restless.push(`${path} ${clock.monotonic()}`),
  });
  return { clock, due, looks, restless, overflows: () => overflows };
}

describe('paths that are due', () => {
  it('are looked at once, when nothing was heard of them for a while', async () => {
    const { clock, due, looks } = setUp();
    due.heard('a');
    await clock.advance(60);
    due.heard('b');
    due.heard('a');
    await clock.advance(200);
    assert.deepEqual(looks, ['b 160', 'a 160']);
    assert.equal(due.size, 0);
    assert.equal(clock.pending, 0);
  });

  it('that a scan found are looked at at once, and those that settle go on settling', async () => {
    const { clock, due, looks } = setUp();
    due.heard('a');
    due.found('a', false);
    due.found('b', false);
    await clock.advance(50);
    assert.deepEqual(looks, ['b 0']);
    await clock.advance(50);
    assert.deepEqual(looks, ['b 0', 'a 100']);
  });

  it('are never looked at twice at a time, and again when something was heard meanwhile', async () => {
    const first = Promise.withResolvers<Looked>();
    let calls = 0;
    const { clock, due, looks } = setUp({
      look: () => (calls++ === 0 ? first.promise : Promise.resolve('done')),
    });
    due.found('a', false);
    due.heard('a');
    due.found('a', false);
    await clock.advance(500);
    assert.equal(looks.length, 1);
    first.resolve('done');
    await clock.advance(500);
    assert.deepEqual(looks, ['a 0', 'a 600']);
  });

  it('are looked at so many at a time, and none during a pause', async () => {
    const waits: (() => void)[] = [];
    const { clock, due, looks } = setUp({
      look: () => new Promise((resolve) => waits.push(() => resolve('done'))),
    });
    for (const path of ['a', 'b', 'c', 'd']) due.found(path, false);
    assert.deepEqual(looks, ['a 0', 'b 0']);
    assert.ok(due.pause(1000));
    assert.ok(!due.pause(1000));
    for (const wake of waits) wake();
    await clock.advance(999);
    assert.equal(looks.length, 2);
    await clock.advance(1);
    assert.deepEqual(looks.slice(2), ['c 1000', 'd 1000']);
  });

  it('beyond a bound are left to a scan', async () => {
    const { clock, due, looks, overflows } = setUp({ maxPaths: 2 });
    for (const path of ['a', 'b', 'c', 'a']) due.heard(path);
    assert.equal(overflows(), 1);
    await clock.advance(100);
    assert.deepEqual(looks, ['b 100', 'a 100']);
  });

  it('of the first scan count until they are done with, but not for ever', async () => {
    const { clock, due } = setUp({
      look: async ({ path }) => (path === 'a' ? 'done' : { again: 'settled', seen: 'x' }),
    });
    due.found('a', true);
    due.found('restless', true);
    assert.equal(due.firsts, 2);
    let isOver = false;
    void due
      .until(() => due.firsts === 0)
      .then(() => {
        isOver = true;
      });
    await clock.advance(200);
    assert.ok(!isOver);
    await clock.advance(1000);
    assert.ok(isOver);
    assert.equal(due.size, 1);
    await due.stop();
    assert.equal(clock.pending, 0);
  });

  it('that change for a minute are told, and those that wait for something else are not', async () => {
    const { clock, due, restless } = setUp({
      look: async ({ path }) => ({ again: 'settled', changing: path === 'changing' }),
    });
    due.found('changing', false);
    due.found('busy', false);
    due.heard('heard');
    for (let ms = 0; ms < 59_000; ms += 50) {
      await clock.advance(50);
      due.heard('heard');
    }
    assert.equal(restless.length, 0);
    for (let ms = 0; ms < 2000; ms += 50) {
      await clock.advance(50);
      due.heard('heard');
    }
    assert.deepEqual(new Set(restless.map((told) => told.split(' ')[0])), new Set(['changing', 'heard']));
    await due.stop();
  });

  it('that were stopped are forgotten, once the last look is over', async () => {
    const look = Promise.withResolvers<Looked>();
    const { clock, due, looks } = setUp({ concurrency: 1, look: () => look.promise });
    due.found('a', false);
    due.found('b', false);
    due.heard('c');
    let isStopped = false;
    const stopped = due.stop().then(() => {
      isStopped = true;
    });
    await clock.advance(1000);
    assert.ok(!isStopped);
    look.resolve('done');
    await stopped;
    due.heard('d');
    due.found('e', false);
    assert.deepEqual([looks, due.size, clock.pending], [['a 0'], 0, 0]);
  });
});
