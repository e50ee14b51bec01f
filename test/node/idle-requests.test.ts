import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HOUR } from '../../src/config/units.ts';
import type { BucketcastNode } from '../../src/node.ts';
import { NodeRig } from './node-rig.ts';

/** All requests from the end of one poll to the end of the hundredth after it, as `call key`, counted. */
async function overHundredPolls(rig: NodeRig, node: BucketcastNode): Promise<Record<string, number>> {
  await rig.wait(node.pollNow());
  rig.requests = [];
  let polls = 0;
  let requests = 0;
  const forget = node.events.on('poll', (poll) => {
    polls += 1;
    requests += poll.requests;
  });
  await rig.clock.until(() => polls === 100);
  forget();
  assert.equal(requests, 100, 'which is what the node says of itself');
  const groups = Map.groupBy(rig.requests, ({ call, key }) => `${call} ${key}`);
  return Object.fromEntries([...groups].map(([name, made]) => [name, made.length]));
}

describe('an idle node asks for one LIST a poll and nothing else', () => {
  it('beside writers that fell silent just now, one of them its own', async (t) => {
    const rig = new NodeRig(t);
    const poll = { maxMs: 1000 };
    const [node, other] = [await rig.started('a', { poll }), await rig.started('b')];
    const urls = await rig.reads(node);
    await rig.wait(Promise.all([node.publish({ url: 'own' }), other.publish({ url: 'news' })]));
    await rig.wait(other.stop());
    await rig.wait(node.idle());
    assert.deepEqual(urls, ['news']);
    assert.deepEqual(await overHundredPolls(rig, node), { 'list v1/tips/': 100 });
  });

  it('in a fleet that has been parked, with the settings as they come', async (t) => {
    const rig = new NodeRig(t);
    const writers = await Promise.all(['a', 'b', 'c'].map((server) => rig.started(server)));
    await rig.wait(Promise.all(writers.map((writer) => writer.publish({ url: writer.server }))));
    const parked = Promise.withResolvers<void>();
    writers[0]!.events.on('parked', () => parked.resolve());
    await rig.wait(parked.promise);
    await rig.clock.advance(HOUR);
    await rig.wait(Promise.all(writers.map((writer) => writer.stop())));

    const node = await rig.started('reader');
    const urls = await rig.reads(node);
    await rig.wait(node.idle());
    assert.deepEqual(urls.sort(), ['a', 'b', 'c']);
    assert.deepEqual(await overHundredPolls(rig, node), { 'list v1/tips/': 100 });
  });
});
