import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KiB, MiB } from '../../src/config/units.ts';
import type { Coordinator } from '../../src/coordinate/coordinator.ts';
import type { SubscriptionSpec } from '../../src/coordinate/subscription.ts';
import { Rig } from './rig.ts';

async function subscribed(rig: Rig, spec: Partial<SubscriptionSpec> = {}): Promise<Coordinator> {
  const coordinator = rig.coordinator();
  coordinator.start();
  await rig.wait(coordinator.subscribe(rig.spec(spec)));
  return coordinator;
}

test('many short lanes are read and delivered while a long one is under way', async () => {
  const rig = new Rig({ limits: { requestsInFlight: 8 } });
  await rig.log.publish(rig.log.writer('long'), 300);
  for (let lane = 0; lane < 30; lane += 1) await rig.log.publish(rig.log.writer(`short-${lane}`), 4);
  rig.store.holds = (call) => (call === 'get' ? rig.clock.sleep(100) : undefined);
  const coordinator = await subscribed(rig, { maxBatch: 2 });
  await rig.wait(coordinator.idle(), 10 * 60_000);
  assert.equal(rig.delivered.length, 300 + 30 * 4);
  const isLong = (url: string) => url.startsWith('long/');
  const lastShort = rig.delivered.findLastIndex((url) => !isLong(url));
  const before = rig.delivered.slice(0, lastShort).filter(isLong).length;
  assert.ok(before < 40, `${before} of the long lane came before the last of the short ones`);
  assert.ok(before >= 4, `the long lane came last: ${before}`);
  const read = rig.store.calls.filter(({ key }) => key.includes('/log/') || key.startsWith('log/'));
  const shortReads = read.findLastIndex(({ key }) => key.includes('short-'));
  assert.ok(shortReads < 30 * 4 + 60, `the last of the short lanes was read as number ${shortReads}`);
  await coordinator.stop();
});

for (const stalled of ['the sink', 'a head'] as const) {
  test(`memory stays within its bound and one segment, with many lanes, while ${stalled} stalls`, async () => {
    const size = 100 * KiB;
    const bound = MiB;
    const rig = new Rig({ limits: { bytesInFlight: bound } });
    const content = 'x'.repeat(size);
    let head = '';
    for (let lane = 0; lane < 25; lane += 1) {
      const writer = rig.log.writer(`w${lane}`);
      for (let at = 0; at < 4; at += 1) {
        const key = await rig.log.segment(writer, at, [`w${lane}/${at}`], { content });
        if (lane + at === 0) head = key;
      }
      await rig.log.tip(writer, { next: 4, oldest: 0 });
    }
    const open = Promise.withResolvers<void>();
    let acknowledged = 0;
    let most = 0;
    // Read and not yet acknowledged, by what the store was asked for, not by what the reader says of itself.
    rig.store.holds = (call, key) => {
      if (call !== 'get' || !key.includes('log/')) return undefined;
      most = Math.max(most, rig.store.count('get', 'log/') - acknowledged);
      return stalled === 'a head' && key === head ? open.promise : undefined;
    };
    const coordinator = await subscribed(rig, {
      maxBatch: 3,
      deliver: async (updates) => {
        if (stalled === 'the sink' && acknowledged === 30) await open.promise;
        acknowledged += updates.length;
      },
    });
    await rig.clock.advance(60_000);
    open.resolve();
    await rig.wait(coordinator.idle());
    assert.equal(acknowledged, 100);
    assert.ok(most >= 5, `only ${most} segments at once`);
    assert.ok(most * size <= bound + size, `${most} segments of ${size} bytes, more than ${bound}`);
    await coordinator.stop();
  });
}
