import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fullBucket, take, waitMs, withRate } from '../../src/store/token-bucket.ts';

describe('a token bucket', () => {
  it('without a rate never makes anybody wait', () => {
    assert.equal(waitMs(take(fullBucket(0, 0), 1e9, 0), 0), 0);
  });

  it('lets through no more than 1.1 times its rate in the first second', () => {
    let bucket = fullBucket(100, 0);
    let now = 0;
    let taken = 0;
    while (now <= 1000) {
      const wait = waitMs(bucket, now);
      now += wait;
      if (wait === 0) {
        bucket = take(bucket, 1, now);
        taken += 1;
      }
    }
    assert.ok(taken > 105 && taken <= 111, `${taken}`);
  });

  it('saves up no more than its burst, however long it rests', () => {
    const rested = take(fullBucket(100, 0), 0, 3_600_000);
    assert.equal(rested.level, 10);
  });

  it('pays a debt before it lets anybody through', () => {
    const indebted = take(fullBucket(1000, 0), 5100, 0);
    assert.equal(waitMs(indebted, 0), 5001);
    assert.equal(waitMs(indebted, 5000), 1);
    assert.equal(waitMs(indebted, 5001), 0);
  });

  it('always names a wait after which there is something', () => {
    for (let rate = 0.1; rate < 5000; rate *= 1.37) {
      const bucket = take(fullBucket(rate, 0), 1.7, 0);
      assert.equal(waitMs(bucket, waitMs(bucket, 0)), 0, `${rate}`);
    }
  });

  it('keeps a debt when the rate changes, and forgets it without a rate', () => {
    const indebted = take(fullBucket(1000, 0), 2100, 0);
    assert.equal(waitMs(withRate(indebted, 2000, 0), 0), 1001);
    assert.equal(waitMs(withRate(indebted, 0, 0), 0), 0);
    assert.equal(waitMs(withRate(withRate(indebted, 0, 0), 10, 0), 0), 0);
  });
});
