import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Update } from '../../src/base/update.ts';
import type { BucketcastNode } from '../../src/node.ts';
import { NodeRig } from './node-rig.ts';

const objects = { objects: { publish: true } };

type Layout = 'objects' | 'both';

async function reading(rig: NodeRig, node: BucketcastNode, layout: Layout, from = 'latest') {
  const urls: string[] = [];
  const deliver = (updates: readonly Update[]) => void urls.push(...updates.map(({ url }) => url));
  await rig.wait(node.subscribe({ name: 'feeds', layout, from }, deliver));
  await rig.wait(node.idle());
  return urls;
}

it('a subscription of the objects that turns to both layouts gets what was published while it was away', async (t) => {
  const rig = new NodeRig(t);
  const writer = await rig.started('writer', objects);
  const state = rig.state();
  const first = await rig.started('reader', {}, { state });
  await reading(rig, first, 'objects');
  await rig.wait(first.stop());
  await rig.clock.advance(1000);

  await rig.wait(writer.publish({ url: 'meanwhile' }));
  const second = await rig.started('reader', {}, { state });
  const urls = await reading(rig, second, 'both');
  assert.deepEqual(urls, ['meanwhile']);
  await rig.clock.advance(2 * 60 * 60 * 1000);
  await rig.wait(writer.publish({ url: 'later' }));
  await rig.wait(second.idle());
  assert.deepEqual(urls, ['meanwhile', 'later'], 'copies are left out again');
});

it('what the log has trimmed already comes by its object', async (t) => {
  const rig = new NodeRig(t);
  const retention = { retention: { maxAgeMs: 60 * 60_000, intervalMs: 60_000 } };
  const writer = await rig.started('writer', { ...objects, ...retention });
  await rig.wait(writer.publish({ url: 'old' }));
  await rig.clock.advance(3 * 60 * 60_000);
  await rig.wait(writer.publish({ url: 'new' }));
  const reader = await rig.started('reader', retention);
  assert.deepEqual(new Set(await reading(rig, reader, 'both', 'earliest')), new Set(['old', 'new']));
});

it('a node whose objects lie elsewhere than its state remembers is refused its subscription', async (t) => {
  const rig = new NodeRig(t);
  const state = rig.state();
  const first = await rig.started('reader', {}, { state });
  await reading(rig, first, 'objects');
  await rig.wait(first.stop());
  const moved = await rig.started('reader', { objects: { prefix: 'elsewhere/' } }, { state });
  for (const layout of ['objects', 'both'] as const)
    await assert.rejects(reading(rig, moved, layout), {
      code: 'invalid-settings',
      message: /objects\.prefix/,
    });
  await rig.wait(moved.stop());
  const back = await rig.started('reader', {}, { state });
  await reading(rig, back, 'both');
});
