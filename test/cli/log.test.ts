import assert from 'node:assert/strict';
import { it } from 'node:test';
import { BucketcastError } from '../../src/base/errors.ts';
import { failureText } from '../../src/cli/failure.ts';
import { openLogger } from '../../src/cli/log.ts';

async function logged(error: Error): Promise<Record<string, unknown>> {
  const lines: string[] = [];
  const logger = await openLogger(
    { level: 'info' },
    { errors: { write: (line: string) => lines.push(line) > 0 } },
  );
  logger.warn({ err: error }, 'trouble');
  assert.equal(lines.length, 1);
  return JSON.parse(lines[0] as string) as Record<string, unknown>;
}

it('a log line is JSON with the time in UTC', async () => {
  const { time, msg } = await logged(new Error('x'));
  assert.match(String(time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.equal(msg, 'trouble');
});

it('trouble with the store is logged with what to do and without a stack', async () => {
  const error = new BucketcastError('store-unavailable', 'the disk is full', {
    hint: 'Free some space.',
    cause: new Error('ENOSPC'),
  });
  assert.deepEqual((await logged(error))['err'], {
    code: 'store-unavailable',
    message: 'the disk is full',
    hint: 'Free some space.',
  });
});

it('an error that nobody expected is logged with its stack', async () => {
  const { err } = await logged(new TypeError('oops'));
  assert.match((err as { stack: string }).stack, /TypeError: oops\n +at /);
});

it('a cause that says nothing is not told', () => {
  const error = new BucketcastError('store-refused', 'the store answered 404 NoSuchBucket', {
    cause: new Error('UnknownError'),
  });
  assert.equal(failureText(error), 'bucketcast: the store answered 404 NoSuchBucket\n');
});
