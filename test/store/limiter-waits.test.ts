import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { WaitReason } from '../../metrics/limits.ts';
import { BucketcastError } from '../../src/base/errors.ts';
import { defaultSettings } from '../../src/config/settings.ts';
import { type Cost, Limiter } from '../../src/store/limiter.ts';
import { FakeClock, settle } from '../support/fake-clock.ts';

type Admission = readonly [seconds: number, ...reasons: WaitReason[]];

function setUp(limits: Partial<typeof defaultSettings.limits>) {
  const clock = new FakeClock();
  const told: Admission[] = [];
  const meter = {
    admitted: (seconds: number, reasons: readonly WaitReason[]) => void told.push([seconds, ...reasons]),
  };
  const limiter = new Limiter({ ...defaultSettings.limits, ...limits }, { clock, meter });
  const take = (ms: number, cost: Cost = {}) => limiter.admit(cost, () => clock.sleep(ms));
  return { clock, limiter, told, take };
}

describe('the limiter tells of every request', () => {
  it('that it did not wait, when it did not', async () => {
    const { clock, told, take } = setUp({});
    const done = take(5);
    await clock.until(() => told.length === 1);
    await clock.advance(5);
    await done;
    assert.deepEqual(told, [[0]]);
  });

  it('that it waited for its turn among those under way', async () => {
    const { clock, told, take } = setUp({ requestsInFlight: 1 });
    const all = [take(200), take(1)];
    await settle();
    await clock.advance(200);
    await settle();
    await clock.advance(1);
    await Promise.all(all);
    assert.deepEqual(told, [[0], [0.2, 'in_flight']]);
  });

  it('that it waited for requests a second', async () => {
    const { clock, told, take } = setUp({ requestsPerSecond: 2 });
    const first = take(0);
    await settle();
    const second = take(0);
    await clock.until(() => told.length === 2);
    await clock.advance(1);
    await Promise.all([first, second]);
    assert.deepEqual(
      told.map(([, ...reasons]) => reasons),
      [[], ['rate']],
    );
    assert.ok(told[1]![0] > 0.4 && told[1]![0] < 0.7, `${told[1]![0]}`);
  });

  it('that it waited for bytes a second, each way', async () => {
    const { clock, told, take } = setUp({ uploadBytesPerSecond: 1000, downloadBytesPerSecond: 1000 });
    const writes = [take(0, { upload: 1000, priority: 'write' }), take(0, { upload: 1, priority: 'write' })];
    await clock.until(() => told.length === 2);
    const reads = [take(0, { priority: 'read' }), take(0, { priority: 'read' })];
    await clock.until(() => told.length === 4, 600_000);
    await clock.advance(1);
    await Promise.all([...writes, ...reads]);
    const reasons = told.map(([, ...why]) => why);
    assert.deepEqual(reasons, [[], ['upload'], [], ['download']]);
  });

  it('nothing of one that gave up while it waited', async () => {
    const { clock, told, take, limiter } = setUp({ requestsInFlight: 1 });
    const first = take(10);
    await settle();
    const giveUp = new AbortController();
    const second = limiter.admit({}, async () => {}, giveUp.signal);
    giveUp.abort();
    await assert.rejects(second, { code: 'closed' });
    await clock.advance(10);
    await first;
    assert.equal(told.length, 1);
  });
});

it('refusals of one moment are one cut', async () => {
  const { clock, limiter } = setUp({ requestsInFlight: 8 });
  const refused = () =>
    limiter.admit({}, async () => {
      await clock.sleep(10);
      throw new BucketcastError('store-unavailable', 'SlowDown', { details: { throttled: true } });
    });
  const round = async () => {
    const all = Promise.allSettled([refused(), refused(), refused()]);
    await settle();
    await clock.advance(10);
    await all;
  };
  await round();
  assert.deepEqual([limiter.snapshot().throttled, limiter.snapshot().cuts], [3, 1]);
  await round();
  assert.deepEqual([limiter.snapshot().throttled, limiter.snapshot().cuts], [6, 2]);
});
