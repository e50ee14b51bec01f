import assert from 'node:assert/strict';
import { test } from 'node:test';
import { groupRows, groupTable } from '../../bench/support/group-table.ts';
import { cpuEach, rate } from '../../bench/support/measurement.ts';
import { median } from '../../bench/support/spread.ts';

const columns = [rate('updates'), cpuEach('update')];

/** A result with a run of 1,000 updates for each number of seconds. */
function result(name: string, peer: boolean, ...seconds: number[]) {
  const measure = () => Promise.reject(new Error('has run'));
  return {
    contender: { name, peer, count: 1000, measure },
    measurements: seconds.map((each) => ({ seconds: each, count: 1000, cpuSeconds: 0.01 })),
  };
}

test('ratios refer to the fastest peer, round by round', () => {
  const results = [
    result('ours', false, 1, 1, 4),
    result('slow', true, 4, 4, 8),
    result('fast', true, 2, 2, 4),
  ];
  const { rows, base } = groupRows({ columns }, results);
  assert.equal(base, 'fast');
  const [ours, slow] = rows.map(({ figures }) => figures[0]);
  assert.deepEqual(ours, { title: 'updates/s', median: 1000, min: 250, max: 1000, ratio: 2 });
  assert.equal(slow?.ratio, 0.5);
});

test('ratios refer to the first row where no peer runs, and to whom the group names', () => {
  const results = [result('ours', false, 1), result('plain', false, 2)];
  assert.equal(groupRows({ columns }, results).base, 'ours');
  assert.equal(groupRows({ columns, base: 'plain' }, results).base, 'plain');
});

test('the table shows median, spread and ratio, and a dash for what was not measured', () => {
  const unknown = { ...result('unknown', false), measurements: [{ seconds: 1, count: 1000 }] };
  const { rows } = groupRows({ columns }, [result('ours', false, 1, 2, 4), unknown]);
  const lines = groupTable({ columns }, rows).split('\n');
  assert.match(lines[1]!, /^ours +500 \(250–1,000\) +1\.00 +10\.0 +1\.00$/);
  assert.match(lines[2]!, /^unknown +1,000 +1\.00 +– +–$/);
});

test('the median of an even number lies between the two in the middle', () => {
  assert.equal(median([4, 1, 3, 2]), 2.5);
  assert.equal(median([3, 1, 2]), 2);
});
