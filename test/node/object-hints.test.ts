import assert from 'node:assert/strict';
import { it } from 'node:test';
import { HintBus } from '../hints/hint-bus.ts';
import { NodeRig } from './node-rig.ts';

const MINUTE = 60_000;

it('an object that the bucket notifies of is delivered at once, and keys of nobody are left alone', async (t) => {
  const rig = new NodeRig(t);
  const bus = new HintBus();
  const components = rig.components({ hintTransports: [bus.transport()] });
  const node = await rig.started('b', { objects: { pollMaxMs: 10 * MINUTE } }, components);
  const urls: string[] = [];
  const deliver = (some: readonly { url: string }[]) => void urls.push(...some.map(({ url }) => url));
  await rig.wait(node.subscribe({ name: 'all', layout: 'objects', from: 'earliest' }, deliver));
  await rig.wait(node.idle());
  await rig.clock.advance(60 * MINUTE);
  const put = async (url: string) => {
    const key = `feed-updates/a/${url}.json`;
    const body = { url, feed_content: null, feed_data: {}, server_id: 'a', timestamp: 1 };
    await rig.bucket.put(key, Buffer.from(JSON.stringify(body)));
    return key;
  };
  bus.written([await put('one')], 'whatever-the-bucket-is-called');
  await rig.clock.until(() => urls.length === 1, 2000);
  bus.written(['feed-updates/a/folder/', 'feed-updates/b/own.json', 'another/a/b.json']);
  await rig.clock.advance(1000);
  assert.deepEqual(urls, ['one']);
  const { polled, foreign } = node.snapshot().hints!.heard;
  assert.deepEqual({ polled, foreign }, { polled: 1, foreign: 1 });
});
