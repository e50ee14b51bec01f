import assert from 'node:assert/strict';
import { test } from 'node:test';
import { correctedEstimate, type LaneDemand, planFetches } from '../../src/coordinate/fetch-planner.ts';
import { SeededRandom } from '../support/seeded-random.ts';

const empty = { heads: 0, ahead: 0, fetches: 0, fetchesAhead: 0 };
const budget = { bytes: 1000, fetches: 100 };

function demand(
  lane: string,
  wanted: readonly number[],
  { head = 0, estimate = 10 } = {},
): LaneDemand<string> {
  return { lane, head, wanted, estimate };
}

function plan(demands: readonly LaneDemand<string>[], held = empty, allowed = budget): string[] {
  return planFetches(demands, held, allowed).map(({ lane, sequence }) => `${lane}${sequence}`);
}

test('heads come first, then read-ahead goes round by distance', () => {
  assert.deepEqual(plan([demand('a', [0, 1, 2]), demand('b', [0, 1]), demand('c', [0])]), [
    'a0',
    'b0',
    'c0',
    'a1',
    'b1',
    'a2',
  ]);
});

test('a lane whose head is on its way reads ahead like the others', () => {
  assert.deepEqual(plan([demand('a', [1, 2]), demand('b', [0, 1])]), ['b0', 'a1', 'b1', 'a2']);
});

test('read-ahead stops at half of the bytes, heads at all of them', () => {
  const many = Array.from({ length: 100 }, (_, at) => at);
  assert.equal(plan([demand('a', many)]).length, 51);
  const lanes = Array.from({ length: 200 }, (_, at) => demand(`w${at}-`, [0]));
  assert.equal(plan(lanes, empty, { bytes: 1000, fetches: 1000 }).length, 100);
  assert.deepEqual(plan([demand('a', [0]), demand('b', [1])], { ...empty, heads: 10, ahead: 500 }), ['a0']);
});

test('read-ahead takes at most half of the fetches', () => {
  assert.equal(plan([demand('a', [1, 2, 3, 4, 5, 6])], empty, { bytes: 1000, fetches: 6 }).length, 3);
});

test('while no head is held, one is fetched however large it is', () => {
  assert.deepEqual(plan([demand('a', [0], { estimate: 5000 }), demand('b', [0], { estimate: 5000 })]), [
    'a0',
  ]);
  assert.deepEqual(plan([demand('a', [0], { estimate: 5000 })], { ...empty, heads: 1 }), []);
});

test('no plan exceeds its budget by more than that one segment', () => {
  for (let seed = 0; seed < 500; seed += 1) {
    const random = new SeededRandom(seed);
    const demands = Array.from({ length: random.below(20) }, (_, at) => {
      const head = random.below(5);
      const from = random.chance(0.5) ? head : head + 1;
      const wanted = Array.from({ length: random.below(10) }, (_unused, step) => from + step);
      return demand(`w${at}-`, wanted, { head, estimate: 1 + random.below(400) });
    });
    const held = { ...empty, heads: random.below(500), ahead: random.below(500) };
    const allowed = { bytes: 1000, fetches: 1 + random.below(30) };
    const picks = planFetches(demands, held, allowed);
    const sizes = picks.map(({ lane }) => demands.find((one) => one.lane === lane)?.estimate ?? 0);
    const total = sizes.reduce((sum, size) => sum + size, held.heads + held.ahead);
    assert.ok(
      total <= 1000 || picks.length === 1 || sizes[0] === total - held.ahead - held.heads,
      `seed ${seed}`,
    );
    assert.ok(picks.length <= allowed.fetches, `seed ${seed}`);
    assert.equal(new Set(picks.map(({ lane, sequence }) => `${lane}${sequence}`)).size, picks.length);
    for (const one of demands) {
      const own = picks.filter(({ lane }) => lane === one.lane).map(({ sequence }) => sequence);
      assert.deepEqual(
        own,
        one.wanted.slice(own.length === 0 ? 0 : one.wanted.indexOf(own[0] as number)).slice(0, own.length),
      );
    }
  }
});

test('an estimate rises at once and sinks slowly', () => {
  assert.equal(correctedEstimate(100, 900), 900);
  assert.equal(correctedEstimate(1000, 0), 800);
});
