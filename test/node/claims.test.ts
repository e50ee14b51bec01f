import assert from 'node:assert/strict';
import { test } from 'node:test';
import { claimKey } from '../../src/log/claim-keys.ts';
import { withoutConditions } from '../publish/object-rig.ts';
import { NodeRig } from './node-rig.ts';

const url = 'https://a.example/feed.xml';

test('of two nodes one claims a URL, and leaves it to the other when it stops', async (t) => {
  const rig = new NodeRig(t);
  const [a, b] = [await rig.started('a'), await rig.started('b')];
  const claim = await rig.wait(a.claim(url));
  assert.ok(claim);
  assert.equal(await rig.wait(b.claim(url)), undefined);
  await rig.clock.advance(10 * 60_000);
  assert.equal(claim.signal.aborted, false);
  assert.deepEqual(
    [a, b].map((node) => node.snapshot().claims?.held),
    [1, 0],
  );
  await rig.wait(a.stop());
  assert.equal(claim.signal.aborted, true);
  const next = await rig.wait(b.claim(url));
  assert.ok(next && next.token > claim.token);
});

test('a node that cannot reach its store loses its claim in time, says so, and another takes it over', async (t) => {
  const rig = new NodeRig(t);
  const [a, b] = [await rig.started('a'), await rig.started('b')];
  const lost: string[] = [];
  a.events.on('claim-lost', ({ reason }) => lost.push(reason));
  const claim = await rig.wait(a.claim(url, { ttlMs: 20_000 }));
  assert.ok(claim);
  rig.fails = (call, key) => call === 'put' && key === claimKey(url);
  await rig.clock.advance(20_000);
  assert.equal(claim.signal.aborted, true);
  assert.deepEqual(lost, ['expired']);
  rig.fails = () => false;
  await rig.clock.advance(3000);
  assert.ok(await rig.wait(b.claim(url)));
  assert.equal(a.status().claims?.lost, 1);
});

test('a node on a store without conditional writes refuses to claim, says so in its status, and goes on', async (t) => {
  const rig = new NodeRig(t);
  const node = rig.node('a', {}, { store: withoutConditions(rig.bucket) });
  await rig.wait(node.start());
  await assert.rejects(rig.wait(node.claim(url)), { code: 'store-refused' });
  assert.deepEqual(
    node.status().problems.map(({ name }) => name),
    ['claims-refused'],
  );
  await rig.wait(node.publish({ url }));
});
