import assert from 'node:assert/strict';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { describe, it } from 'node:test';
import type { SettingsInput } from '../../src/config/settings.ts';
import type { BucketcastNode } from '../../src/node.ts';
import { NodeRig } from './node-rig.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const poll = { maxMs: MINUTE };
const janitor = { intervalMs: 10 * MINUTE };
const retention = { maxAgeMs: 30 * MINUTE, marginMs: 5 * MINUTE, intervalMs: 10 * MINUTE };
const writes: SettingsInput = {
  index: { enabled: true },
  snapshots: { write: 'claim', intervalMs: 20 * MINUTE },
  retention,
  janitor,
  poll,
};
const urls = Array.from({ length: 30 }, (_, at) => `u${String(at).padStart(2, '0')}`);

async function publishAll(rig: NodeRig, node: BucketcastNode) {
  for (const url of urls) await rig.wait(node.publish({ url, content: url }));
  await rig.wait(node.publish({ url: 'u07', kind: 'delete' }));
  await rig.wait(node.flush());
}

const segments = async (rig: NodeRig) => (await rig.bucket.list('v1/log/')).objects.length;
const manifests = async (rig: NodeRig) =>
  (await rig.bucket.list('v1/snapshots/')).objects.filter(({ key }) => key.endsWith('manifest')).length;

/** Publishes now and then, so that the writer is not idle and trims. */
async function keepBusy(rig: NodeRig, node: BucketcastNode, minutes: number) {
  for (let minute = 0; minute < minutes; minute += 5) {
    await rig.wait(node.publish({ url: 'busy', content: minute }));
    await rig.clock.advance(5 * MINUTE);
  }
}

describe('snapshots of a fleet', () => {
  it('give a new node everything that retention has taken from the log', async (t) => {
    const rig = new NodeRig(t);
    const a = await rig.started('a', writes);
    await publishAll(rig, a);
    await keepBusy(rig, a, 70);
    assert.ok((await manifests(rig)) > 0);
    assert.ok((await segments(rig)) < urls.length);
    const b = rig.node('b', { poll, index: { enabled: true } });
    const read: number[] = [];
    b.events.on('snapshot-read', ({ urls: some }) => read.push(some));
    await rig.wait(b.start());
    await rig.wait(b.idle());
    assert.equal(read.at(-1), urls.length + 1);
    for (const url of urls) assert.equal(b.state.get(url)?.kind, url === 'u07' ? 'delete' : 'put');
    assert.equal(b.state.get('u03')?.content, 'u03');
    assert.equal(b.status().deadLetters.count, 0);
    await rig.wait(a.publish({ url: 'u03', content: 'newer' }));
    await rig.wait(a.flush());
    await rig.wait(b.idle());
    assert.equal(b.state.get('u03')?.content, 'newer');
  });

  it('that take their time to be read keep nobody but the index waiting', async (t) => {
    const rig = new NodeRig(t);
    const a = await rig.started('a', writes);
    await publishAll(rig, a);
    await rig.clock.advance(20 * MINUTE);
    assert.ok((await manifests(rig)) > 0);
    rig.fails = (call, key) => call === 'get' && key.includes('/part/');
    const output = new PassThrough();
    const subscriptions = { all: { sink: { type: 'stdout' as const } } };
    const b = rig.node('b', { poll, index: { enabled: true }, subscriptions });
    const starting = rig.wait(b.start({ serve: true, output }), HOUR);
    await rig.wait(once(output, 'readable'));
    const { index, subscriptions: served, problems } = b.status();
    assert.deepEqual(index?.loading, { urls: 0, of: urls.length });
    assert.deepEqual([served.map(({ name }) => name), problems], [['all'], []]);
    rig.fails = () => false;
    await starting;
    await rig.wait(b.idle());
    assert.equal(b.status().index?.loading, undefined);
    assert.equal(b.state.get('u03')?.content, 'u03');
  });

  it('are what a subscription can begin with', async (t) => {
    const rig = new NodeRig(t);
    const a = await rig.started('a', writes);
    await publishAll(rig, a);
    await keepBusy(rig, a, 70);
    const b = await rig.started('b', { poll });
    const delivered: string[] = [];
    const subscription = b.subscribe({ name: 'all', from: 'snapshot' }, (updates) => {
      delivered.push(...updates.map(({ url }) => url));
    });
    await rig.wait(subscription);
    await rig.wait(b.idle());
    assert.deepEqual([...new Set(delivered)].sort(), ['busy', ...urls]);
    assert.equal(b.status().deadLetters.count, 0);
  });

  it('are written by one node of several that may', async (t) => {
    const rig = new NodeRig(t);
    const nodes = [await rig.started('a', writes), await rig.started('b', writes)];
    const written: string[] = [];
    for (const node of nodes) node.events.on('snapshot-written', ({ snapshot }) => written.push(snapshot));
    await publishAll(rig, nodes[0] as BucketcastNode);
    await rig.clock.advance(65 * MINUTE);
    assert.ok(written.length >= 2 && written.length <= 4, `${written.length}`);
    assert.equal(new Set(written).size, written.length);
  });

  it('hold retention back until one covers what is old', async (t) => {
    const rig = new NodeRig(t);
    const a = await rig.started('a', { retention, janitor, poll, snapshots: { holdRetention: true } });
    await publishAll(rig, a);
    const before = await segments(rig);
    await keepBusy(rig, a, 70);
    assert.ok((await segments(rig)) > before);
    await rig.started('b', writes);
    await keepBusy(rig, a, 70);
    assert.ok((await segments(rig)) < before);
  });
});
