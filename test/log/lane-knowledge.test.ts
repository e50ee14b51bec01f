import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type LaneReach, laneKey } from '../../src/log/keys.ts';
import { joinKnowledge, joinReach, type KnownLane, learn } from '../../src/log/lane-knowledge.ts';
import { SeededRandom } from '../support/seeded-random.ts';

const random = new SeededRandom(1);

function randomReach(): LaneReach {
  const next = random.below(20);
  return { next, oldest: random.below(next + 1) };
}

function randomKnowledge(): Map<string, KnownLane> {
  const knowledge = new Map<string, KnownLane>();
  for (let i = random.below(6); i > 0; i--) {
    const lane = { writer: random.pick(['a', 'b', 'c']), lane: random.below(3), ...randomReach() };
    knowledge.set(laneKey(lane), lane);
  }
  return knowledge;
}

function sorted(knowledge: ReadonlyMap<string, KnownLane>) {
  return [...knowledge].sort(([a], [b]) => (a < b ? -1 : 1));
}

test('the join does not depend on order, grouping or repetition', () => {
  for (let i = 0; i < 1000; i++) {
    const [a, b, c] = [randomKnowledge(), randomKnowledge(), randomKnowledge()];
    assert.deepEqual(sorted(joinKnowledge(a, b)), sorted(joinKnowledge(b, a)));
    assert.deepEqual(
      sorted(joinKnowledge(joinKnowledge(a, b), c)),
      sorted(joinKnowledge(a, joinKnowledge(b, c))),
    );
    assert.deepEqual(sorted(joinKnowledge(a, a)), sorted(a));
  }
});

test('a join only ever raises, and keeps oldest at or below next', () => {
  for (let i = 0; i < 1000; i++) {
    const [a, b] = [randomReach(), randomReach()];
    const joined = joinReach(a, b);
    assert.ok(
      joined.next >= a.next &&
        joined.next >= b.next &&
        joined.oldest >= a.oldest &&
        joined.oldest >= b.oldest,
    );
    assert.ok(joined.oldest <= joined.next);
  }
});

test('learning tells which lanes it was new for', () => {
  const knowledge = new Map<string, KnownLane>();
  const lanes = [
    { next: 5, oldest: 0 },
    { next: 2, oldest: 1 },
  ];
  assert.equal(learn(knowledge, { writer: 'w', lanes }).length, 2);
  assert.deepEqual(learn(knowledge, { writer: 'w', lanes }), []);
  assert.deepEqual(learn(knowledge, { writer: 'w', lanes: [{ next: 4, oldest: 3 }] }), [
    { writer: 'w', lane: 0, next: 5, oldest: 3 },
  ]);
  assert.deepEqual(knowledge.get('w/1'), { writer: 'w', lane: 1, next: 2, oldest: 1 });
});
