import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { Update } from '../../src/base/update.ts';
import type { State } from '../../src/state/state.ts';
import { settle } from '../support/fake-clock.ts';
import { NodeRig } from './node-rig.ts';

const url = 'https://example.com/a';

/** A host whose node crashed when the update was durable, and no tip said so yet. */
async function crashed(t: TestContext): Promise<{ rig: NodeRig; state: State }> {
  const rig = new NodeRig(t);
  const state = rig.state();
  const node = await rig.started('a', {}, { state });
  rig.fails = (call, key) => call === 'put' && key.startsWith('v1/tips/');
  void node.publish({ url }).catch(() => {});
  await rig.clock.until(() =>
    rig.requests.some(({ call, key }) => call === 'put' && key.startsWith('v1/log/')),
  );
  await rig.wait(node.stop({ timeoutMs: 0 }));
  rig.fails = () => false;
  return { rig, state };
}

/** Until the function that it returns is called, no batch of parked writers is written. */
function holdParking(rig: NodeRig): () => void {
  const { promise, resolve } = Promise.withResolvers<void>();
  const put = rig.bucket.put.bind(rig.bucket);
  rig.bucket.put = async (key, ...rest) => {
    if (key.startsWith('v1/parked/')) await promise;
    return put(key, ...rest);
  };
  return resolve;
}

describe('a node whose host crashed before', () => {
  it('is not idle before what was published then is findable and delivered', async (t) => {
    const { rig, state } = await crashed(t);
    const letGo = holdParking(rig);
    const node = await rig.started('a', {}, { state });
    const urls: string[] = [];
    const deliver = (updates: readonly Update[]) => void urls.push(...updates.map((update) => update.url));
    await rig.wait(node.subscribe({ name: 'all', includeOwn: true }, deliver));
    let isIdle = false;
    const idle = node.idle().then(() => {
      isIdle = true;
    });
    await rig.clock.advance(5_000);
    await settle();
    assert.equal(isIdle, false);
    letGo();
    await rig.wait(idle);
    assert.deepEqual(urls, [url]);
  });

  it('is idle all the same when it may not write', async (t) => {
    const { rig, state } = await crashed(t);
    rig.fails = (call) => call === 'put';
    const node = await rig.started('a', {}, { state });
    await rig.reads(node);
    await rig.wait(node.idle());
  });
});
