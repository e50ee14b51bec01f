import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BucketcastError, isBucketcastError } from '../../src/base/errors.ts';
import { fromPlainError, toPlainError } from '../../src/pool/plain-error.ts';

const across = (error: unknown) => fromPlainError(structuredClone(toPlainError(error)));

describe('an error between threads', () => {
  it('stays the BucketcastError that it was', () => {
    const error = new BucketcastError('store-unavailable', 'SlowDown', {
      hint: 'wait',
      cause: new TypeError('socket hang up'),
      details: { status: 503, throttled: true, retryAfterMs: 1000 },
    });
    const copy = across(error);
    assert(isBucketcastError(copy));
    assert.deepEqual(
      [copy.code, copy.message, copy.retryable, copy.hint, copy.details],
      [error.code, error.message, error.retryable, error.hint, error.details],
    );
    assert.equal((copy.cause as Error).message, 'socket hang up');
    assert.equal(copy.stack, error.stack);
  });

  it('keeps whether it can be retried, against the rule of its code', () => {
    const copy = across(new BucketcastError('store-refused', 'RequestTimeTooSkewed', { retryable: true }));
    assert.equal((copy as BucketcastError).retryable, true);
  });

  it('tells facts that cannot be cloned in words', () => {
    const copy = across(new BucketcastError('corrupt', 'bad', { details: { what: () => 1, size: 3 } }));
    assert.deepEqual((copy as BucketcastError).details, { what: '() => 1', size: 3 });
  });

  it('is not ours when it was not', () => {
    const copy = across(new TypeError('x is not a function'));
    assert.equal(isBucketcastError(copy), false);
    assert.match(copy.message, /x is not a function/);
  });
});
