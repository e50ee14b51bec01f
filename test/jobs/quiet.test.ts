import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ListedTip } from '../../src/coordinate/discovery.ts';
import { nothingWatched, type QuietState, watchTips } from '../../src/jobs/quiet.ts';

const tip = (writer: string, rev: number, next = rev, oldest = 0): ListedTip => ({
  key: `${writer}/${rev}`,
  tip: { writer, rev, lanes: [{ next, oldest }] },
});
/** Listings at given times; returns what the last one leads to. */
function watch(jitter: number, ...listings: readonly (readonly [at: number, ...tips: ListedTip[]])[]) {
  let state: QuietState = nothingWatched;
  let result: ReturnType<typeof watchTips> | undefined;
  for (const [at, ...tips] of listings) {
    const random = { float: () => jitter, bytes: (length: number) => new Uint8Array(length) };
    result = watchTips(state, { tips, startedAt: at, endedAt: at + 5 }, { quietMs: 1000, random });
    state = result.state;
  }
  return { park: result?.park.map(({ writer, tipKeys }) => [writer, ...tipKeys]), litter: result?.litter };
}

test('a tip is quiet when it was first seen quietMs before the listing began, and jitter makes that longer', () => {
  assert.deepEqual(watch(0, [0, tip('a', 1)], [1004, tip('a', 1)]).park, []);
  assert.deepEqual(watch(0, [0, tip('a', 1)], [1005, tip('a', 1)]).park, [['a', 'a/1']]);
  assert.deepEqual(watch(0.5, [0, tip('a', 1)], [1254, tip('a', 1)]).park, []);
  assert.deepEqual(watch(0.5, [0, tip('a', 1)], [1255, tip('a', 1)]).park, [['a', 'a/1']]);
});

test('a tip that moves, or that is not always listed, begins anew', () => {
  assert.deepEqual(watch(0, [0, tip('a', 1)], [900, tip('a', 2)], [1500, tip('a', 2)]).park, []);
  assert.deepEqual(watch(0, [0, tip('a', 1)], [900], [1500, tip('a', 1)]).park, []);
});

test('an older tip that a lagging listing shows again is not a move', () => {
  assert.deepEqual(watch(0, [0, tip('a', 2)], [900, tip('a', 1)], [1500, tip('a', 2)]).park, [['a', 'a/2']]);
});

test('the first that is due takes along all that are quiet', () => {
  let state: QuietState = nothingWatched;
  const jitters = [1, 0];
  const random = { float: () => jitters.shift() ?? 0, bytes: (length: number) => new Uint8Array(length) };
  const tips = [tip('a', 1), tip('b', 1), tip('b', 2)];
  ({ state } = watchTips(state, { tips, startedAt: 0, endedAt: 0 }, { quietMs: 1000, random }));
  const { park } = watchTips(state, { tips, startedAt: 1200, endedAt: 1200 }, { quietMs: 1000, random });
  assert.deepEqual(park, [
    { writer: 'a', lanes: [{ next: 1, oldest: 0 }], tipKeys: ['a/1'] },
    { writer: 'b', lanes: [{ next: 2, oldest: 0 }], tipKeys: ['b/1', 'b/2'] },
  ]);
});

test('a tip that says less than a newer one for long is litter, one that says more in some respect is not', () => {
  const busy = (rev: number, ...others: ListedTip[]) => [tip('a', rev), ...others] as const;
  const old = tip('a', 1);
  assert.deepEqual(watch(0, [0, ...busy(2, old)], [900, ...busy(3, old)], [1005, ...busy(4, old)]).litter, [
    'a/1',
  ]);
  assert.deepEqual(watch(0, [0, ...busy(2, old)], [900, ...busy(3)], [1005, ...busy(4, old)]).litter, []);
  const trimmed = tip('a', 1, 1, 1);
  assert.deepEqual(watch(0, [0, ...busy(2, trimmed)], [1005, ...busy(4, trimmed)]).litter, []);
});
