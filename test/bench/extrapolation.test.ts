import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Contender } from '../../bench/support/contender.ts';
import { withExtrapolation } from '../../bench/support/extrapolation.ts';
import { quantile } from '../../bench/support/spread.ts';

const { signal } = new AbortController();

test('an extrapolated row is a multiple of what was measured last, and says so', async () => {
  let runs = 0;
  const measured: Contender = {
    name: '10 keys',
    count: 10,
    measure: async () => ({ seconds: ++runs, count: 10, cpuSeconds: 0.5 }),
  };
  const [first, further] = withExtrapolation(measured, '100 keys', 10) as [Contender, Contender];
  assert.equal(further.name, '100 keys, extrapolated');
  assert.deepEqual(await further.measure(signal), { seconds: 10, count: 100, cpuSeconds: 5 });
  await first.measure(signal);
  assert.deepEqual(await further.measure(signal), { seconds: 20, count: 100, cpuSeconds: 5 });
  assert.equal(runs, 2);
});

test('a quantile is a value that was measured', () => {
  const values = [5, 1, 4, 2, 3];
  assert.deepEqual(
    [0, 0.5, 0.99, 1].map((part) => quantile(values, part)),
    [1, 3, 5, 5],
  );
});
