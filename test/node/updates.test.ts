import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { NodeRig } from './node-rig.ts';

async function published(t: TestContext, count: number) {
  const rig = new NodeRig(t);
  const writer = await rig.started('a');
  for (let at = 0; at < count; at++) await rig.wait(writer.publish({ url: `u${at}` }));
  await rig.wait(writer.flush());
  const state = rig.state();
  const reader = await rig.started('b', {}, { state });
  const position = () => state.positions('all')[0]?.sequence ?? 0;
  return { rig, reader, state, position };
}

describe('the updates of a node, one by one', () => {
  it('are acknowledged by asking for the next', async (t) => {
    const { rig, reader, position } = await published(t, 3);
    const updates = reader.updates({ name: 'all' });
    const urls: unknown[] = [];
    const positions: number[] = [];
    for (let at = 0; at < 3; at++) {
      const { value } = await rig.wait(updates.next());
      urls.push(value?.url);
      positions.push(position());
    }
    assert.deepEqual(urls, ['u0', 'u1', 'u2']);
    assert.deepEqual(positions, [0, 1, 2]);
  });

  it('come again from the one that the loop was left at', async (t) => {
    const { rig, reader, state, position } = await published(t, 4);
    const seen: string[] = [];
    const loop = async () => {
      for await (const { url } of reader.updates({ name: 'all' })) {
        seen.push(url);
        if (url === 'u2') break;
      }
    };
    await rig.wait(loop());
    assert.equal(position(), 2);
    await rig.wait(reader.stop());
    const again = await rig.started('b', {}, { state });
    const urls = await rig.reads(again);
    await rig.wait(again.idle());
    assert.deepEqual(
      [seen, urls],
      [
        ['u0', 'u1', 'u2'],
        ['u2', 'u3'],
      ],
    );
  });

  it('end when the node stops', async (t) => {
    const { rig, reader } = await published(t, 1);
    const seen: string[] = [];
    const first = Promise.withResolvers<void>();
    const loop = async () => {
      for await (const { url } of reader.updates({ name: 'all' })) {
        seen.push(url);
        first.resolve();
      }
    };
    const looping = loop();
    await rig.wait(first.promise);
    await rig.wait(reader.stop());
    await rig.wait(looping);
    assert.deepEqual(seen, ['u0']);
  });

  it('end when the node stops before the subscription could begin', async (t) => {
    const rig = new NodeRig(t);
    const reader = await rig.started('b');
    rig.fails = () => true;
    const next = reader.updates({ name: 'all' }).next();
    await rig.clock.advance(1000);
    await rig.wait(reader.stop());
    assert.deepEqual(await rig.wait(next), { done: true, value: undefined });
  });

  it('end with the error when there can be no such subscription', async (t) => {
    const { rig, reader } = await published(t, 1);
    const updates = reader.updates({ from: 'yesterday' });
    await assert.rejects(rig.wait(updates.next()), { code: 'invalid-settings' });
    assert.deepEqual(await updates.next(), { done: true, value: undefined });
    await reader.updates({ from: 'tomorrow' }).return();
  });

  it('are remembered for nobody without a name', async (t) => {
    const { rig, reader, state } = await published(t, 2);
    for (const _ of [1, 2]) {
      const updates = reader.updates();
      assert.equal((await rig.wait(updates.next())).value?.url, 'u0');
      await rig.wait(updates.return());
    }
    assert.deepEqual(state.subscriptions(), []);
  });
});
