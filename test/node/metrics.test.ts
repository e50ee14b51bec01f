import assert from 'node:assert/strict';
import { it } from 'node:test';
import { PoisonError } from '../../src/base/errors.ts';
import type { BucketcastNode } from '../../src/node.ts';
import { NodeRig } from './node-rig.ts';

/** Values of a node's metrics, by name and labels as they are written. */
async function metricsOf(node: BucketcastNode): Promise<Map<string, number>> {
  const lines = (await node.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]));
}

const updates = (direction: string, result: string) =>
  `bucketcast_updates_total{direction="${direction}",result="${result}"}`;

it('counts what was published and delivered, and what was not', async (t) => {
  const rig = new NodeRig(t);
  const writer = await rig.started('a');
  await rig.wait(Promise.all([1, 2, 3].map((at) => writer.publish({ url: `u${at}` }))));
  await assert.rejects(writer.publish({ url: '' }), { code: 'invalid-update' });
  await rig.wait(writer.flush());
  const written = await metricsOf(writer);
  assert.equal(written.get(updates('published', 'ok')), 3);
  assert.equal(written.get(updates('published', 'failed')), 1);
  assert.equal(written.get('bucketcast_publish_duration_seconds_count'), 3);

  const reader = await rig.started('b');
  await rig.wait(
    reader.subscribe({ name: 'all', maxBatch: 1 }, ([update]) => {
      if (update?.url === 'u2') throw new PoisonError('no');
    }),
  );
  await rig.wait(reader.idle());
  const read = await metricsOf(reader);
  assert.equal(read.get(updates('delivered', 'ok')), 2);
  assert.equal(read.get(updates('delivered', 'failed')), 1);
});

it('counts every request to the store, each try by itself', async (t) => {
  const rig = new NodeRig(t);
  let failures = 2;
  rig.fails = (call) => call === 'list' && failures-- > 0;
  const node = await rig.started('a');
  await rig.reads(node);
  await rig.wait(node.idle());
  const counted = await metricsOf(node);
  const lists = rig.requests.filter(({ call }) => call === 'list').length;
  const name = (result: string) => `bucketcast_store_requests_total{operation="list",result="${result}"}`;
  assert.equal(counted.get(name('unavailable')), 2);
  assert.equal(counted.get(name('ok')), lists - 2);
  assert.ok(lists > 2);
});
