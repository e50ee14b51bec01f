import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { BucketcastError } from '../../src/base/errors.ts';
import { SECOND } from '../../src/config/units.ts';
import { buildStatus } from '../../src/status/build-status.ts';
import type { NodeSnapshot } from '../../src/status/node-snapshot.ts';
import { problemRules } from '../../src/status/problems.ts';
import { healthyNode, joiningNode, reading, subscription } from './healthy-node.ts';
import { problemCases } from './problem-cases.ts';
import { documentFile, withProblems } from './problem-reference.ts';

const refused = new BucketcastError('store-refused', 'AccessDenied', {
  hint: 'The key needs s3:ListBucket.',
});

describe('a problem is named with its severity and its numbers', () => {
  for (const [name, severity, message, input] of problemCases) {
    it(`${name}: ${severity}`, () => {
      const { problems } = buildStatus('phase' in input ? (input as NodeSnapshot) : healthyNode(input));
      const found = problems.find((problem) => problem.name === name);
      assert.ok(found, `found only ${problems.map((problem) => problem.name).join(', ')}`);
      assert.equal(found.severity, severity);
      assert.match(found.message, message);
      assert.ok(found.advice.length > 20);
    });
  }

  it('and every rule is among these', () => {
    const provoked = new Set(problemCases.map(([name]) => name));
    assert.deepEqual(
      problemRules.map(({ name }) => name).filter((name) => !provoked.has(name)),
      [],
    );
  });
});

it('nothing is wrong with a healthy node, nor with one that has only just begun', () => {
  assert.deepEqual(buildStatus(healthyNode()).problems, []);
  assert.deepEqual(buildStatus(joiningNode({ startedAt: healthyNode().now - SECOND })).problems, []);
});

it('what is critical comes first, and the advice of an error before that of the rule', () => {
  const { problems } = buildStatus(
    healthyNode({
      deadLetters: { count: 1, byReason: { poison: 1 }, bySubscription: { all: 1 } },
      reading: reading({ poll: { error: refused, failures: 1 }, skewMs: 5000 }),
    }),
  );
  assert.deepEqual(
    problems.map(({ name }) => name),
    ['store-refused', 'clock-skew', 'dead-letters'],
  );
  assert.match(problems[0]?.advice ?? '', /^The key needs s3:ListBucket\. .*bucketcast doctor/);
});

it('a sink that says what to do is quoted, also while it is tried again', () => {
  const waiting = {
    reason: 'delivering',
    forMs: 1,
    updates: 2,
    failures: 3,
    error: 'x',
    hint: 'Mount the disk.',
  };
  const subscriptions = [subscription({ state: 'paused', waiting: { ...waiting, reason: 'delivering' } })];
  const [problem] = buildStatus(healthyNode({ reading: reading({ subscriptions }) })).problems;
  assert.match(problem?.advice ?? '', /^Mount the disk\. The subscription goes on by itself/);
});

it('docs/status.md has the table that the rules make; `npm run docs` makes it anew', () => {
  const page = readFileSync(documentFile, 'utf8');
  assert.equal(page, withProblems(page));
  assert.match(page, /`store-away`/);
});
