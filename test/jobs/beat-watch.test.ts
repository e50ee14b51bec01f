import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type BeatsState, hearBeats, rememberedBeats } from '../../src/jobs/beat-watch.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const [a1, a2, b1] = ['a~0000000000000001', 'a~0000000000000002', 'b~0000000000000001'] as const;
const context = { ownHost: 'own~0', intervalMs: MINUTE, reached: () => 0 };

interface Shown {
  readonly count: number;
  /** Store time; default: just now. */
  readonly writtenAt?: number;
}

/** A listing at a store time, which here is the monotonic one, too. */
function hear(state: BeatsState, at: number, shown: Readonly<Record<string, Shown>>) {
  const beats = Object.entries(shown).map(
    ([host, { count, writtenAt = at }]) => [host, { host, count, everyMs: MINUTE, writtenAt }] as const,
  );
  return hearBeats(state, { newest: new Map(beats), startedAt: at, time: at }, context);
}

const none = rememberedBeats([], 0, 0);

it('what a server told of is waited for no longer than the server itself', () => {
  const announced = { writer: `${a1}~${'0'.repeat(32)}`, segments: 3 };
  const told = { host: a1, count: 5, everyMs: MINUTE, writtenAt: 0, announced };
  const listing = (at: number) => ({ newest: new Map([[a1, told]]), startedAt: at, time: at });
  const first = hearBeats(none, listing(0), context);
  assert.deepEqual([...first.state.unseen.keys()], [announced.writer]);
  const later = hearBeats(first.state, listing(7 * DAY + MINUTE), context);
  assert.deepEqual([later.gone, [...later.state.unseen]], [[a1], []]);
});

describe('who is expected to send heartbeats', () => {
  it('is nobody who has been silent for a week, however old beats are listed', () => {
    const first = hear(none, 0, { [a1]: { count: 5 } });
    assert.deepEqual([...first.state.hosts.keys()], [a1]);
    const later = hear(first.state, 7 * DAY + MINUTE, { [a1]: { count: 5, writtenAt: 0 } });
    assert.deepEqual([[...later.state.hosts.keys()], later.gone], [[], [a1]]);
    const again = hear(later.state, 7 * DAY + 2 * MINUTE, { [a1]: { count: 5, writtenAt: 0 } });
    assert.deepEqual([[...again.state.hosts.keys()], again.risen], [[], []]);
  });

  it('is the machine that has a name now, an hour after it took it from another', () => {
    let { state } = hear(none, 0, { [a1]: { count: 5 }, [b1]: { count: 1 } });
    ({ state } = hear(state, HOUR / 2, { [a1]: { count: 5, writtenAt: 0 }, [a2]: { count: 1 } }));
    assert.deepEqual([...state.hosts.keys()].toSorted(), [a1, a2, b1]);
    ({ state } = hear(state, HOUR + MINUTE, { [a1]: { count: 5, writtenAt: 0 }, [a2]: { count: 30 } }));
    assert.deepEqual([...state.hosts.keys()].toSorted(), [a2, b1]);
  });

  it('is known by its highest count, whatever the bucket says of when it was written', () => {
    let { state } = hear(none, DAY, { [a1]: { count: 5 } });
    for (const count of [6, 3, 6]) ({ state } = hear(state, DAY + MINUTE, { [a1]: { count, writtenAt: 1 } }));
    assert.equal(state.hosts.get(a1)?.count, 6);
    assert.equal(state.hosts.get(a1)?.heardAt, DAY + MINUTE);
  });
});
