import assert from 'node:assert/strict';
import { it } from 'node:test';
import { findRewinds, nothingRewound, type RewindState } from '../../src/jobs/rewind-watch.ts';

const hostId = '0123456789abcdef';
const writerOf = (host: string, part: string) => `srv~${host}~${part.repeat(32)}`;
const mine = writerOf(hostId, 'a');
const theirs = writerOf('fedcba9876543210', 'b');
const own = { hostId, isOwnWriter: (writer: string) => writer === mine };

function find(state: RewindState, ...tips: readonly (readonly [writer: string, rev: number])[]) {
  return findRewinds(
    state,
    tips.map(([writer, rev]) => ({ writer, rev })),
    own,
  );
}

it('a tip older than one listed before is told once, until it has come back', () => {
  const first = find(nothingRewound, [theirs, 7]);
  const back = find(first.state, [theirs, 5]);
  const still = find(back.state, [theirs, 5]);
  const forward = find(still.state, [theirs, 8]);
  const again = find(forward.state, [theirs, 6]);
  assert.deepEqual(
    [first, back, still, forward, again].map(({ rewinds }) => rewinds),
    [[], [{ kind: 'tip', writer: theirs }], [], [], [{ kind: 'tip', writer: theirs }]],
  );
});

it('an older tip beside the newer one is none, and neither is a tip that is no longer listed', () => {
  const first = find(nothingRewound, [theirs, 7]);
  const both = find(first.state, [theirs, 6], [theirs, 7]);
  const gone = find(both.state);
  assert.deepEqual([...both.rewinds, ...gone.rewinds], []);
});

it('a writer of this host that the state does not know tells of a restored or copied directory', () => {
  const unknown = writerOf(hostId, 'c');
  const found = find(nothingRewound, [mine, 1], [unknown, 1], [theirs, 1]);
  assert.deepEqual(found.rewinds, [{ kind: 'state', writer: unknown }]);
  assert.deepEqual(find(found.state, [unknown, 2]).rewinds, []);
});
