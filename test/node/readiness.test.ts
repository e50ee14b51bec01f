import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { BucketcastNode } from '../../src/node.ts';
import { NodeRig } from './node-rig.ts';

const reason = (node: BucketcastNode) => {
  const readiness = node.readiness();
  return readiness.ready ? 'ready' : readiness.reason;
};

it('a node is ready once it has polled, and not while it joins or cannot poll', async (t) => {
  const rig = new NodeRig(t);
  let isAway = true;
  rig.fails = () => isAway;
  const node = rig.node('a');
  const starting = node.start({ waitForStore: true });
  await rig.clock.until(() => node.events !== undefined && rig.requests.length > 0);
  assert.match(reason(node), /has not reached memory:/);
  await rig.clock.advance(60_000);
  assert.equal(reason(node), 'no answer');
  isAway = false;
  await rig.wait(starting);
  await rig.wait(node.pollNow());
  assert.equal(reason(node), 'ready');
  isAway = true;
  await assert.rejects(rig.wait(node.pollNow()));
  assert.equal(reason(node), 'no answer');
  assert.deepEqual(
    node.status().problems.map(({ name }) => name),
    ['store-away', 'no-subscriptions'],
  );
  isAway = false;
  await rig.wait(node.pollNow());
  assert.equal(reason(node), 'ready');
});

it('a node is not ready while its store takes requests and answers none', async (t) => {
  const rig = new NodeRig(t);
  const node = await rig.started('a');
  await rig.wait(node.pollNow());
  const hanging = Promise.withResolvers<never>();
  rig.bucket.list = () => hanging.promise;
  const polling = node.pollNow();
  await rig.clock.advance(14_000);
  assert.equal(reason(node), 'ready');
  await rig.clock.advance(2000);
  assert.match(reason(node), /has not answered anything for 1\d s/);
  hanging.reject(new Error('test is over'));
  await assert.rejects(polling);
});
