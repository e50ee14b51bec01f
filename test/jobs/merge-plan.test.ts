import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type KnownBatch, type MergeSettings, planMerge } from '../../src/jobs/merge-plan.ts';
import type { ParkedEntry } from '../../src/log/parked-batch.ts';
import { joinAllEntries } from '../../src/publish/parked-entries.ts';
import { SeededRandom } from '../support/seeded-random.ts';

const settings: MergeSettings = { mergeFrom: 3, forgetAfterMs: 1000, marginMs: 100, time: 10_000 };
const entry = (writer: string, next: number, oldest = 0, emptySince?: number): ParkedEntry => ({
  writer,
  lanes: [{ next, oldest }],
  parkedAt: 5000,
  ...(emptySince !== undefined && { emptySince }),
});
const batch = (name: string, ...entries: ParkedEntry[]): KnownBatch => ({ batch: name, ageMs: 200, entries });

test('few batches are left as they are, enough of them are merged, writer by writer', () => {
  assert.deepEqual(planMerge([batch('a', entry('v', 1)), batch('b', entry('w', 1))], settings).write, []);
  const plan = planMerge(
    [batch('a', entry('v', 3)), batch('b', entry('w', 1)), batch('c', entry('v', 2, 2))],
    settings,
  );
  assert.deepEqual(plan.merge, ['a', 'b', 'c']);
  assert.deepEqual(plan.drop, []);
  assert.deepEqual(
    plan.write[0]?.map(({ writer, lanes }) => [writer, lanes]),
    [
      ['v', [{ next: 3, oldest: 2 }]],
      ['w', [{ next: 1, oldest: 0 }]],
    ],
  );
});

test('what was merged goes once the new batch has stood for the margin, and is not merged again until then', () => {
  const sources = [batch('x', entry('v', 1)), batch('y', entry('w', 1)), batch('z', entry('u', 1))];
  const written = planMerge(sources, settings).write[0] ?? [];
  const young = planMerge([...sources, { batch: 'a', ageMs: 99, entries: written }], settings);
  assert.deepEqual([young.drop, young.merge], [[], []]);
  const settled = planMerge([...sources, { batch: 'a', ageMs: 100, entries: written }], settings);
  assert.deepEqual(settled.drop, ['x', 'y', 'z']);
});

test('of two batches that say the same, only one goes', () => {
  assert.deepEqual(planMerge([batch('a', entry('v', 1)), batch('b', entry('v', 1))], settings).drop, ['a']);
});

test('two batches of which each says more in one respect both stay', () => {
  assert.deepEqual(
    planMerge([batch('a', entry('v', 9, 0)), batch('b', entry('v', 5, 5))], settings).drop,
    [],
  );
});

test('a writer whose lanes have long been empty is left out of the merge', () => {
  const plan = planMerge(
    [batch('a', entry('v', 5, 5, 9000), entry('w', 1)), batch('b', entry('u', 1)), batch('c', entry('t', 1))],
    settings,
  );
  assert.deepEqual(
    plan.write[0]?.map(({ writer }) => writer),
    ['w', 'u', 't'],
  );
  assert.deepEqual(planMerge([batch('a', entry('v', 5, 5, 9001))], settings).drop, []);
  assert.deepEqual(planMerge([batch('a', entry('v', 5, 5, 9000))], settings).drop, ['a']);
});

test('janitors that know different batches and delete at any moment never delete the last word', () => {
  for (let seed = 1; seed <= 300; seed += 1) {
    const random = new SeededRandom(seed);
    let names = 0;
    const name = () => `${random.below(10)}${random.below(10)}-${names++}`;
    const anyEntry = () => entry(random.pick(['u', 'v', 'w']), random.below(3), 0);
    let bucket = Array.from({ length: 5 }, () => batch(name(), anyEntry(), entry('x', random.below(3))));
    const truth = reach(bucket);
    for (let step = 0; step < 12; step += 1) {
      // Two janitors plan from what each sees, then both carry out.
      const views = [0, 1].map(() => bucket.filter(() => random.chance(0.8)));
      const plans = views.map((view) => planMerge(view, settings));
      for (const { write } of plans) for (const entries of write) bucket.push(batch(name(), ...entries));
      const dropped = new Set(plans.flatMap(({ drop }) => drop));
      bucket = bucket.filter((known) => !dropped.has(known.batch));
      assert.deepEqual(reach(bucket), truth, `seed ${seed}`);
    }
  }
});

function reach(batches: readonly KnownBatch[]): Map<string, unknown> {
  const joined = joinAllEntries(batches.flatMap(({ entries }) => entries));
  return new Map([...joined].map(([writer, { lanes }]) => [writer, lanes]));
}
