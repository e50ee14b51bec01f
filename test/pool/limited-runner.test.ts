import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BucketcastError } from '../../src/base/errors.ts';
import { defaultSettings } from '../../src/config/settings.ts';
import type { SegmentOutcome } from '../../src/log/segment-fetcher.ts';
import { DirectRunner } from '../../src/pool/direct-runner.ts';
import { segmentFetcher } from '../../src/pool/job-faces.ts';
import { LimitedRunner } from '../../src/pool/limited-runner.ts';
import { Limiter } from '../../src/store/limiter.ts';
import { FakeClock, settle } from '../support/fake-clock.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { taskOf } from './segment-maker.ts';

const corrupt: SegmentOutcome = { status: 'corrupt', reason: 'bad', bytes: new Uint8Array(400_000), time: 1 };

const neverAsked = () => Promise.reject(new Error('no object is asked for'));

function setUp(
  answer: (attempt: number) => SegmentOutcome,
  limits: Partial<typeof defaultSettings.limits> = {},
) {
  const clock = new FakeClock();
  const limiter = new Limiter({ ...defaultSettings.limits, ...limits }, { clock });
  let tries = 0;
  const segments = {
    fetch: async () => {
      assert.equal(limiter.snapshot().inFlight, 1, 'every try is admitted');
      tries += 1;
      return answer(tries);
    },
  };
  const options = { retry: defaultSettings.retry, limiter, clock, random: new SeededRandom(1) };
  return {
    clock,
    limiter,
    tries: () => tries,
    fetcher: segmentFetcher(
      new LimitedRunner(new DirectRunner({ segments: async () => segments, objects: neverAsked }), options),
    ),
  };
}

describe('the limited runner', () => {
  it('has every try admitted anew, and waits outside the limiter in between', async () => {
    const { clock, limiter, fetcher, tries } = setUp((attempt) => {
      if (attempt < 3)
        throw new BucketcastError('store-unavailable', 'SlowDown', { details: { throttled: true } });
      return { status: 'missing', time: 1 };
    });
    const outcome = fetcher.fetch(taskOf(1, 0));
    await settle();
    assert.equal(limiter.snapshot().inFlight, 0);
    await clock.advance(10_000);
    assert.equal((await outcome).status, 'missing');
    assert.equal(tries(), 3);
    assert.equal(limiter.snapshot().throttled, 2);
  });

  it('counts requests that a long segment took beside the one admitted', async () => {
    const missing = { status: 'missing', time: 1, gets: 5 } as const;
    const { clock, fetcher, tries } = setUp(() => missing, { requestsPerSecond: 1 });
    const first = fetcher.fetch(taskOf(1, 0));
    assert.equal((await first).status, 'missing');
    const second = fetcher.fetch(taskOf(1, 1));
    await clock.advance(4_900);
    assert.equal(tries(), 1);
    await clock.advance(200);
    assert.equal((await second).status, 'missing');
    assert.equal(tries(), 2);
  });

  it('counts what came over the wire against the download limit', async () => {
    const { clock, fetcher, tries } = setUp(() => corrupt, { downloadBytesPerSecond: 100_000 });
    await fetcher.fetch(taskOf(1, 0));
    const second = fetcher.fetch(taskOf(1, 1));
    await clock.advance(3800);
    assert.equal(tries(), 1);
    await clock.advance(300);
    await second;
  });

  it('does not try again what was fetched, even if it is corrupt', async () => {
    const { fetcher, tries } = setUp(() => corrupt);
    assert.equal(await fetcher.fetch(taskOf(1, 0)), corrupt);
    assert.equal(tries(), 1);
  });
});
