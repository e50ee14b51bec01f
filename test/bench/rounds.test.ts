import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Contender } from '../../bench/support/contender.ts';
import type { Measurement } from '../../bench/support/measurement.ts';
import { runRounds } from '../../bench/support/rounds.ts';

const quiet = { signal: new AbortController().signal, say: () => {} };

function contender(name: string, measure: () => Measurement): Contender {
  return { name, count: 10, measure: async () => measure() };
}

test('contenders run in turn, and each round begins with another one', async () => {
  const ran: string[] = [];
  const contenders = ['a', 'b', 'c'].map((name) =>
    contender(name, () => {
      ran.push(name);
      return { seconds: ran.length, count: 10 };
    }),
  );
  const results = await runRounds(contenders, 3, quiet);
  assert.equal(ran.join(''), 'abcbcacab');
  assert.deepEqual(
    results.map(({ measurements }) => measurements.map(({ seconds }) => seconds)),
    [
      [1, 6, 8],
      [2, 4, 9],
      [3, 5, 7],
    ],
  );
});

test('a contender that has done too little fails the bench by its name', async () => {
  const lazy = contender('lazy', () => ({ seconds: 1, count: 9 }));
  await assert.rejects(runRounds([lazy], 1, quiet), { message: 'lazy was to do 10 and did 9' });
});
