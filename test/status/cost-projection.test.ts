import assert from 'node:assert/strict';
import { it } from 'node:test';
import { HOUR, MINUTE } from '../../src/config/units.ts';
import { countedCost, projectCost } from '../../src/status/cost-projection.ts';

it('an hour and a month go on as the time looked at', () => {
  const projection = projectCost(
    { requests: 1000, dollars: 0.01 },
    { requests: 1600, dollars: 0.013 },
    10 * MINUTE,
  );
  assert.equal(projection.requestsPerHour, 3600);
  assert.ok(Math.abs((projection.dollarsPerHour ?? 0) - 0.018) < 1e-9);
  assert.ok(Math.abs((projection.dollarsPerMonth ?? 0) - 0.018 * 730) < 1e-9);
});

it('without prices there are requests and no dollars', () => {
  const total = countedCost({ count: 7 });
  assert.deepEqual(total, { requests: 7, dollars: undefined });
  assert.deepEqual(projectCost({ requests: 0, dollars: undefined }, total, HOUR), {
    overMs: HOUR,
    requestsPerHour: 7,
    dollarsPerHour: null,
    dollarsPerMonth: null,
  });
});

it('no time makes no pace, and a count that began again counts from zero', () => {
  const from = { requests: 100, dollars: 1 };
  assert.equal(projectCost(from, { requests: 200, dollars: 2 }, 0).requestsPerHour, 0);
  assert.equal(projectCost(from, { requests: 30, dollars: 0.5 }, HOUR).requestsPerHour, 30);
});
