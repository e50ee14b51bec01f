import assert from 'node:assert/strict';
import { it } from 'node:test';
import { BucketcastError } from '../../src/base/errors.ts';
import { kindOf, RepeatedFailures } from '../../src/base/repeated-failures.ts';

function rig() {
  const clock = { time: 0, monotonic: () => clock.time };
  return { clock, failures: new RepeatedFailures(clock) };
}

it('the first failure is told, its repetitions once a minute with how many there were', () => {
  const { clock, failures } = rig();
  const told: unknown[] = [];
  for (; clock.time <= 125_000; clock.time += 5000) {
    const repetition = failures.failed('poll', 'refused');
    if (repetition) told.push(repetition);
  }
  assert.deepEqual(told, [
    { failures: 1, forMs: 0, unsaid: 0 },
    { failures: 13, forMs: 60_000, unsaid: 11 },
    { failures: 25, forMs: 120_000, unsaid: 11 },
  ]);
});

it('another kind of failure is told at once, and two that alternate once a minute each', () => {
  const { clock, failures } = rig();
  let told = 0;
  for (; clock.time < 120_000; clock.time += 1000) {
    const kind = clock.time % 2000 === 0 ? 'refused' : 'timed out';
    if (failures.failed('poll', kind)) told += 1;
  }
  assert.equal(told, 4);
});

it('subjects do not silence each other', () => {
  const { failures } = rig();
  assert.ok(failures.failed('sink a', 'refused'));
  assert.ok(failures.failed('sink b', 'refused'));
  assert.equal(failures.failed('sink a', 'refused'), undefined);
});

it('a recovery says for how long and how often it had failed, once, and the next failure is news', () => {
  const { clock, failures } = rig();
  failures.failed('poll', 'refused');
  clock.time = 3000;
  failures.failed('poll', 'timed out');
  clock.time = 4500;
  assert.deepEqual(failures.recovered('poll'), { failures: 2, forMs: 4500 });
  assert.equal(failures.recovered('poll'), undefined);
  assert.deepEqual(failures.failed('poll', 'refused'), { failures: 1, forMs: 0, unsaid: 0 });
});

it('failures that are long past are not counted together with new ones', () => {
  const { clock, failures } = rig();
  failures.failed('actor', 'threw');
  clock.time = 24 * 3_600_000;
  assert.deepEqual(failures.failed('actor', 'threw'), { failures: 1, forMs: 0, unsaid: 0 });
});

it('however many subjects and kinds there are, only the latest are remembered', () => {
  const { failures } = rig();
  failures.failed('first', 'x');
  for (let n = 0; n < 500; n += 1) failures.failed(`subject ${n}`, 'x');
  assert.equal(failures.recovered('first'), undefined);
  for (let n = 0; n < 50; n += 1) failures.failed('one', `kind ${n}`);
  assert.ok(failures.failed('one', 'kind 0'), 'forgotten, and so told again');
  assert.equal(failures.failed('one', 'kind 49'), undefined);
});

it('what an error names does not make it another kind, its status and code do', () => {
  const refused = (key: string, status: number) =>
    new BucketcastError('store-unavailable', `PUT ${key}: the store answered ${status}`, {
      details: { key, status },
    });
  assert.equal(kindOf(refused('log/1', 503)), kindOf(refused('log/2', 503)));
  assert.notEqual(kindOf(refused('log/1', 503)), kindOf(refused('log/1', 500)));
  assert.equal(
    kindOf(new Error('connect ECONNREFUSED 10.0.0.1:80')),
    kindOf(new Error('connect ECONNREFUSED 10.0.0.2:81')),
  );
  assert.notEqual(kindOf(new Error('socket hang up')), kindOf(new Error('timed out')));
  assert.equal(kindOf('text'), kindOf('other text'));
});
