import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createPublisher } from '../../src/create-publisher.ts';
import { createNode } from '../../src/node.ts';
import { settle } from '../support/fake-clock.ts';
import { inBucket } from '../support/in-bucket.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { NodeRig } from './node-rig.ts';

describe('a publisher without a node', () => {
  it('publishes what others then read, and reads nothing itself', async (t) => {
    const rig = new NodeRig(t);
    const publisher = await rig.wait(createPublisher({ server: 'a' }, rig.components()));
    const { durable, writer, sequence } = inBucket(await rig.wait(publisher.publish({ url: 'one' })));
    assert.deepEqual([durable, writer.split('~')[0], sequence], ['bucket', 'a', 0]);
    await rig.wait(publisher.flush());
    assert.equal(publisher.snapshot().pendingUpdates, 0);
    await rig.clock.advance(60_000);
    assert.equal(
      rig.requests.some(({ call }) => call === 'list'),
      false,
    );
    const reader = await rig.started('b');
    const urls = await rig.reads(reader);
    await rig.wait(reader.idle());
    assert.deepEqual(urls, ['one']);
    await rig.wait(publisher.stop());
  });

  it('with a spool takes updates on this disk, and the next one brings to the bucket what was left', async (t) => {
    const rig = new NodeRig(t);
    const state = rig.state();
    const settings = { server: 'a', spool: { enabled: true } };
    const first = await rig.wait(createPublisher(settings, rig.components({ state })));
    rig.fails = (call) => call === 'put';
    const taken = await rig.wait(first.publish({ url: 'one' }));
    assert.equal(taken.durable, 'spool');
    await rig.wait(first.stop());
    rig.fails = () => false;
    const second = await rig.wait(createPublisher({ server: 'a' }, rig.components({ state })));
    await rig.wait(second.publish({ url: 'two' }));
    await rig.wait(second.stop());
    const reader = await rig.started('b');
    const urls = await rig.reads(reader);
    await rig.wait(reader.idle());
    assert.deepEqual(urls, ['one', 'two']);
  });

  it('answers what it took before it stops, refuses what comes after, and leaves no timer', async (t) => {
    const rig = new NodeRig(t);
    const publisher = await rig.wait(createPublisher({ server: 'a' }, rig.components()));
    const publishing = Promise.all([1, 2, 3].map((at) => publisher.publish({ url: String(at) })));
    const stopping = publisher.stop();
    assert.equal(publisher.stop(), stopping);
    await assert.rejects(publisher.publish({ url: 'late' }), { code: 'closed' });
    await rig.wait(stopping);
    assert.equal((await publishing).length, 3);
    await settle();
    assert.equal(rig.clock.pending, 0);
  });

  it('cannot be made while the store does not answer, unless it may wait', async (t) => {
    const rig = new NodeRig(t);
    let isAway = true;
    rig.fails = () => isAway;
    const making = () => createPublisher({ server: 'a' }, rig.components());
    await assert.rejects(rig.wait(making()), { code: 'store-unavailable' });
    const waiting = createPublisher({ server: 'a' }, rig.components(), { waitForStore: true });
    await rig.clock.advance(60_000);
    isAway = false;
    await rig.wait((await rig.wait(waiting)).stop());
  });

  it('goes beside a running node as a guest, whose updates that node takes for its own', async () => {
    const directory = temporaryDirectory();
    const settings = {
      server: 'a',
      state: `${directory}/state`,
      store: { url: `file:${directory}/bucket` },
      poll: { minMs: 10, maxMs: 50 },
      pool: { threads: 1 },
    };
    await using node = createNode(settings);
    await node.start();
    const urls: string[] = [];
    const deliver = (updates: readonly { url: string }[]) => void urls.push(...updates.map(({ url }) => url));
    await node.subscribe({ name: 'all' }, deliver);
    await assert.rejects(createPublisher(settings), { code: 'state-unusable' });
    {
      await using guest = await createPublisher(settings, {}, { role: 'guest' });
      await guest.publish({ url: 'by the guest' });
    }
    await using other = createNode({ ...settings, server: 'b', state: `${directory}/other` });
    await other.start();
    await other.publish({ url: 'by another' }, { visible: true });
    await node.idle();
    assert.deepEqual(urls, ['by another']);
  });
});
