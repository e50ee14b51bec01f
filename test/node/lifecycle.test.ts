import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type BucketcastNode, createNode } from '../../src/node.ts';
import { DirectoryStore } from '../../src/store/directory-store.ts';
import { settle } from '../support/fake-clock.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { NodeRig } from './node-rig.ts';

const url = 'https://example.com/a';

describe('starting a node', () => {
  it('rejects while the store does not answer, and leaves nothing running', async (t) => {
    const rig = new NodeRig(t);
    rig.fails = () => true;
    const node = rig.node('a');
    await assert.rejects(rig.wait(node.start()), { code: 'store-unavailable' });
    await settle();
    assert.equal(rig.clock.pending, 0);
  });

  it('waits for the store when told to, and says how long', async (t) => {
    const rig = new NodeRig(t);
    let isAway = true;
    rig.fails = () => isAway;
    const node = rig.node('a');
    const waits: number[] = [];
    node.events.on('poll-failed', ({ retryInMs }) => waits.push(retryInMs));
    const starting = node.start({ waitForStore: true });
    await rig.clock.until(() => waits.length >= 5);
    assert.equal(node.snapshot().phase, 'joining');
    await assert.rejects(node.publish({ url }), { code: 'store-unavailable' });
    isAway = false;
    await rig.wait(starting);
    assert.equal(node.snapshot().phase, 'running');
  });

  it('gives up waiting when the node is stopped', async (t) => {
    const rig = new NodeRig(t);
    rig.fails = () => true;
    const node = rig.node('a');
    const failed = Promise.withResolvers<void>();
    node.events.on('poll-failed', () => failed.resolve());
    const starting = node.start({ waitForStore: true });
    await rig.wait(failed.promise);
    const gone = assert.rejects(starting, { code: 'closed' });
    await node.stop();
    await gone;
    assert.equal(rig.clock.pending, 0);
  });

  it('happens once, however often it is asked for', async (t) => {
    const rig = new NodeRig(t);
    const node = rig.node('a');
    await rig.wait(Promise.all([node.start(), node.start()]));
    const before = rig.requests.length;
    await rig.wait(node.start());
    assert.equal(rig.requests.filter(({ key }) => key === 'v1/id').length > 0, true);
    assert.equal(
      rig.requests.slice(before).some(({ key }) => key === 'v1/id'),
      false,
    );
  });

  it('is refused once the node is stopped', async (t) => {
    const node = new NodeRig(t).node('a');
    await node.stop();
    await assert.rejects(node.start(), { code: 'closed' });
  });

  it('closes what it opened when it fails, so that the next one can have it', async () => {
    const directory = temporaryDirectory();
    const settings = { server: 'a', state: `${directory}/state`, store: { url: `file:${directory}/bucket` } };
    const first = createNode(settings);
    await first.start();
    await first.stop();
    const bucket = new DirectoryStore(`${directory}/bucket`);
    await bucket.delete('v1/id');
    await bucket.close();
    await assert.rejects(createNode(settings).start(), { code: 'fleet-mismatch' });
    await assert.rejects(createNode(settings).start(), { code: 'fleet-mismatch' });
  });

  it('is refused on a state directory that another node has, whose pid is named', async () => {
    const directory = temporaryDirectory();
    const settings = { server: 'a', state: `${directory}/state`, store: { url: `file:${directory}/bucket` } };
    await using first = createNode(settings);
    await first.start();
    const second = createNode(settings);
    await assert.rejects(second.start(), (error: Error & { code: string }) => {
      assert.equal(error.code, 'state-unusable');
      assert.match(error.message, new RegExp(`\\b${process.pid}\\b`));
      return true;
    });
  });
});

describe('a node that does not run', () => {
  it('refuses everything before it is started, and after it is stopped', async (t) => {
    const node = new NodeRig(t).node('a');
    const refuses = async () => {
      await assert.rejects(node.publish({ url }), { code: 'closed' });
      await assert.rejects(node.flush(), { code: 'closed' });
      await assert.rejects(node.pollNow(), { code: 'closed' });
      await assert.rejects(node.idle(), { code: 'closed' });
      await assert.rejects(node.metrics(), { code: 'closed' });
      await assert.rejects(
        node.subscribe({}, () => {}),
        { code: 'closed' },
      );
      assert.throws(() => node.updates(), { code: 'closed' });
      assert.throws(() => node.snapshot(), { code: 'closed' });
    };
    await refuses();
    await node.stop();
    await refuses();
  });
});

describe('stopping a node', () => {
  it('publishes what was taken, and writes the tip that says so', async (t) => {
    const rig = new NodeRig(t);
    const node = await rig.started('a');
    const publishing = Array.from({ length: 10 }, (_, at) => node.publish({ url: `${url}/${at}` }));
    await rig.wait(node.stop());
    assert.equal((await Promise.all(publishing)).length, 10);
    const reader = await rig.started('b');
    const urls = await rig.reads(reader);
    await rig.wait(reader.idle());
    assert.equal(urls.length, 10);
  });

  it('waits for a sink that is at work, and keeps what it acknowledged', async (t) => {
    const rig = new NodeRig(t);
    const writer = await rig.started('a');
    await rig.wait(writer.publish({ url }, { visible: true }));
    const state = rig.state();
    const reader = await rig.started('b', {}, { state });
    const [begun, release] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    await rig.wait(
      reader.subscribe({ name: 'all' }, async () => {
        begun.resolve();
        await release.promise;
      }),
    );
    await rig.wait(begun.promise);
    let stopped = false;
    const stopping = reader.stop().then(() => {
      stopped = true;
    });
    await rig.clock.advance(1000);
    assert.equal(stopped, false);
    release.resolve();
    await rig.wait(stopping);
    assert.equal(state.positions('all')[0]?.sequence, 1);
  });

  it('gives up on a sink after the time-out, and keeps what it did not acknowledge', async (t) => {
    const rig = new NodeRig(t);
    const writer = await rig.started('a');
    await rig.wait(writer.publish({ url }, { visible: true }));
    const state = rig.state();
    const reader = await rig.started('b', {}, { state });
    const begun = Promise.withResolvers<AbortSignal>();
    await rig.wait(
      reader.subscribe({ name: 'all' }, (_updates, { signal }) => {
        begun.resolve(signal);
        return new Promise(() => {});
      }),
    );
    const signal = await rig.wait(begun.promise);
    const from = rig.clock.monotonic();
    await rig.wait(reader.stop({ timeoutMs: 3000 }));
    assert.equal(rig.clock.monotonic() - from, 3000);
    assert.equal(signal.aborted, true);
    assert.equal(state.positions('all')[0]?.sequence ?? 0, 0);
  });

  it('happens once, and leaves no timer behind', async (t) => {
    const rig = new NodeRig(t);
    const node = await rig.started('a');
    await rig.reads(node);
    await rig.wait(node.publish({ url }));
    const first = node.stop();
    assert.equal(node.stop(), first);
    await rig.wait(first);
    await settle();
    assert.equal(rig.clock.pending, 0);
  });

  it('comes by itself at the end of the block that holds it', async (t) => {
    const rig = new NodeRig(t);
    let held: BucketcastNode;
    {
      await using node = await rig.started('a');
      held = node;
    }
    await assert.rejects(held.publish({ url }), { code: 'closed' });
  });
});
