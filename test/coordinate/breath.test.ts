import assert from 'node:assert/strict';
import { test } from 'node:test';
import { published } from './published.ts';
import type { RigOptions } from './rig.ts';

const ways: Record<string, RigOptions> = {
  'of segments that are there': {},
  // From a store in memory they come without a turn of the event loop.
  'of segments that are fetched one by one': { read: { segmentsAhead: 1 }, limits: { requestsInFlight: 1 } },
};

for (const [what, options] of Object.entries(ways))
  test(`a sink ${what} that computes and answers at once leaves the event loop its turns`, () =>
    leavesTurns(options));

async function leavesTurns(options: RigOptions): Promise<void> {
  const { rig, coordinator } = await published(40, undefined, options);
  let batches = 0;
  let turns = 0;
  let longest = 0;
  let since = 0;
  const reasons = new Set<string>();
  const turn = () => {
    turns += 1;
    const [subscription] = coordinator.snapshot().subscriptions;
    if (batches < 40) reasons.add(String(subscription?.waiting.reason));
    since = batches;
    if (batches < 40) rig.clock.after(0, turn);
  };
  const deliver = () => {
    if (batches === 0) turn();
    batches += 1;
    longest = Math.max(longest, batches - since);
    rig.clock.compute(10);
  };
  await rig.wait(coordinator.subscribe(rig.spec({ deliver, maxBatch: 1 })));
  await rig.wait(coordinator.idle());
  assert.equal(batches, 40);
  if (Object.keys(options).length === 0) assert.deepEqual([...reasons], ['delivering']);
  assert.ok(longest <= 6, `${longest} batches of 10 ms without a turn`);
  assert.ok(turns >= 6, `${turns} turns`);
  await coordinator.stop();
  assert.equal(rig.clock.pending, 0);
}
