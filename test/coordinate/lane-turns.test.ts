import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LaneReader } from '../../src/coordinate/lane-reader.ts';
import { LaneTurns } from '../../src/coordinate/lane-turns.ts';

const nothing = { headBytes: 0, aheadBytes: 0, headFetches: 0, aheadFetches: 0 };

/** As much of a reader as its turn depends on. */
interface Reading {
  wanted: readonly number[];
  ready?: boolean;
  holdings?: Partial<typeof nothing>;
}

function lanesOf(readings: Readonly<Record<string, Reading>>) {
  const turns = new LaneTurns<{
    name: string;
    reader: LaneReader | undefined;
    estimate: number | undefined;
  }>();
  const lanes = Object.entries(readings).map(([name, { wanted, ready = false, holdings }]) => {
    const reader = {
      wanted: () => wanted,
      ready,
      state: { head: 0 },
      holdings: { ...nothing, ...holdings },
    } as unknown as LaneReader;
    const lane = {
      name,
      reader: reader as LaneReader | undefined,
      estimate: undefined as number | undefined,
    };
    turns.changed(lane);
    return lane;
  });
  turns.look();
  return { turns, lanes };
}

const names = (lanes: Iterable<{ readonly name: string }>) => [...lanes].map(({ name }) => name).join('');

test('a lane for which a fetch was started asks again after all the others', () => {
  const { turns } = lanesOf({ a: { wanted: [1, 2, 3] }, b: { wanted: [1] }, c: { wanted: [1, 2] } });
  let asked = '';
  for (let turn = 0; turn < 6; turn += 1)
    for (const lane of turns.wanting(1, 1)) {
      asked += lane.name;
      turns.fetched(lane);
    }
  assert.equal(asked, 'abcabc');
});

test('heads are asked for before read-ahead, and no more lanes than there is room for', () => {
  const { turns } = lanesOf({
    a: { wanted: [1] },
    b: { wanted: [0] },
    c: { wanted: [0, 1] },
    d: { wanted: [] },
  });
  assert.equal(names(turns.wanting(5, 5)), 'bca');
  assert.equal(names(turns.wanting(1, 1)), 'ba');
  assert.equal(names(turns.wanting(1, 0)), 'b');
});

test('a lane that was served and has more is served again after all the others', () => {
  const { turns, lanes } = lanesOf({
    a: { wanted: [], ready: true },
    b: { wanted: [] },
    c: { wanted: [], ready: true },
  });
  assert.equal(names(turns.ready), 'ac');
  turns.served(lanes[0]!);
  assert.equal(names(turns.ready), 'ca');
  turns.changed(lanes[2]!);
  turns.look();
  assert.equal(names(turns.ready), 'ca', 'what happens to a lane does not cost it its place');
});

test('what lanes hold is added up, guessed where no segment was seen, and gone with them', () => {
  const { turns, lanes } = lanesOf({
    a: { wanted: [], holdings: { headBytes: 10, aheadFetches: 2 } },
    b: { wanted: [], holdings: { aheadBytes: 5, headFetches: 1 } },
  });
  assert.deepEqual(turns.holdings(100), { heads: 110, ahead: 205, fetches: 3, fetchesAhead: 2 });
  lanes[0]!.estimate = 7;
  turns.changed(lanes[0]!);
  turns.look();
  assert.deepEqual(turns.holdings(100), { heads: 110, ahead: 19, fetches: 3, fetchesAhead: 2 });
  for (const lane of lanes) {
    lane.reader = undefined;
    turns.changed(lane);
  }
  turns.look();
  assert.deepEqual(turns.holdings(100), { heads: 0, ahead: 0, fetches: 0, fetchesAhead: 0 });
});
