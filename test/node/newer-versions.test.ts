import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { crc32 } from 'node:zlib';
import { fleetIdKey, parkedKey, parkedPrefix, segmentKey, tipsPrefix } from '../../src/log/keys.ts';
import { finishHeader, headerBytes } from '../../src/log/segment-header.ts';
import type { BucketcastNode } from '../../src/node.ts';
import type { State } from '../../src/state/state.ts';
import { NodeRig } from './node-rig.ts';

const quiet = { janitor: { enabled: false } };

describe('a node that meets what a newer version wrote', () => {
  it('waits with that lane alone, tells what to do, and goes on where it stopped once upgraded', async (t) => {
    const rig = new NodeRig(t);
    const a = await rig.started('a', quiet);
    const b = await rig.started('b', quiet);
    const { writer } = (await published(rig, a, 'a0', 'a1', 'a2')) as { writer: string };
    await published(rig, b, 'b0', 'b1', 'b2');
    const key = segmentKey({ writer, lane: 0 }, 1);
    const place = { key, lane: 0, sequence: 1, fleetId: fleetIdOf(a) };
    const ofToday = await bodyOf(rig, key);
    await rig.bucket.put(key, newerSegment(ofToday, place));

    const state = rig.state();
    const first = await reader(rig, state);
    await rig.clock.until(() => first.blocked.length > 0 && first.urls.length === 4);
    await published(rig, a, 'a3');
    await rig.clock.advance(600_000);
    assert.deepEqual(first.urls.toSorted(), ['a0', 'b0', 'b1', 'b2']);
    assert.deepEqual(
      first.blocked.map(({ reason, key: blocked }) => ({ reason, key: blocked })),
      [{ reason: 'newer-format', key }],
      'told once',
    );
    assert.match(
      first.blocked[0]?.hint as string,
      /^Upgrade Bucketcast to a version that reads segment format 2/,
    );
    assert.deepEqual(first.lost, []);
    assert.equal(positionOf(state, writer), 1);
    await rig.wait(first.node.stop());

    const still = await reader(rig, state);
    await rig.clock.until(() => still.blocked.length > 0);
    assert.deepEqual([still.urls, positionOf(state, writer)], [[], 1], 'another start changes nothing');
    // What the newer version understands is what this one understands when it finds the bytes of today.
    await rig.bucket.put(key, ofToday);
    await rig.clock.until(() => still.urls.length === 3);
    assert.deepEqual(still.urls, ['a1', 'a2', 'a3']);
    assert.deepEqual([still.lost, still.unblocked], [[], 1]);
  });

  it('reports a newer batch once, leaves it where it is, and reads it after the upgrade', async (t) => {
    const rig = new NodeRig(t);
    const home = { state: rig.state() };
    const before = await rig.started('a', quiet, home);
    await published(rig, before, 'a0', 'a1');
    await rig.wait(before.stop());
    // Its next start parks it.
    await rig.wait((await rig.started('a', quiet, home)).stop());
    await published(rig, await rig.started('b', quiet), 'b0');
    const { objects } = await rig.bucket.list(parkedPrefix);
    const key = (objects[0] as { key: string }).key;
    assert.equal(objects.length, 1);
    const ofToday = await bodyOf(rig, key);
    const fleetId = Buffer.from(await bodyOf(rig, fleetIdKey))
      .toString()
      .split(' ')[2] as string;
    await rig.bucket.put(key, newerBatch(key, fleetId));

    const state = rig.state();
    const janitor = { enabled: true, intervalMs: 60_000 };
    const { urls, distrusted, lost } = await reader(rig, state, { janitor });
    await rig.clock.advance(600_000);
    assert.deepEqual([urls, lost], [['b0'], []]);
    assert.equal(distrusted.length, 1);
    assert.match(distrusted[0]?.reason as string, /format version 2/);
    assert.ok((await rig.bucket.head(key)).status === 'found', 'no janitor touches it');
    await rig.bucket.put(key, ofToday);
    await rig.clock.until(() => urls.length === 3);
    assert.deepEqual([urls, lost], [['b0', 'a0', 'a1'], []]);
  });

  it('leaves tips of another shape alone, and reads the others', async (t) => {
    const rig = new NodeRig(t);
    const a = await rig.started('a', quiet);
    const { writer } = (await published(rig, a, 'a0')) as { writer: string };
    const foreign = `${tipsPrefix}${writer}/2_0000000001_0000000001.0000000000.0000000000`;
    await rig.bucket.put(foreign, new Uint8Array());
    const { urls, lost } = await reader(rig, rig.state(), { janitor: { enabled: true } });
    await rig.clock.advance(3_600_000);
    assert.deepEqual([urls, lost], [['a0'], []]);
    assert.equal((await rig.bucket.head(foreign)).status, 'found');
  });

  it('does not start in a fleet of a newer kind, and changes nothing there', async (t) => {
    const rig = new NodeRig(t);
    const text = `bucketcast-fleet 2 ${'ab'.repeat(20)}`;
    await rig.bucket.put(fleetIdKey, Buffer.from(`${text} ${hex(crc32(text))}\n`));
    const node = rig.node('a');
    await assert.rejects(rig.wait(node.start()), (error: Error & { code: string; hint: string }) => {
      assert.equal(error.code, 'newer-format');
      assert.match(error.message, /v1\/id: written in format version 2/);
      assert.match(error.hint, /[Uu]pgrade/);
      return true;
    });
    assert.deepEqual(
      (await rig.bucket.list('')).objects.map(({ key }) => key),
      [fleetIdKey],
    );
  });
});

async function reader(rig: NodeRig, state: State, settings: object = quiet) {
  const node = rig.node('reader', settings, { state });
  const blocked: { reason: string; key: string; hint: string }[] = [];
  const distrusted: { reason: string }[] = [];
  const lost: unknown[] = [];
  const seen = { node, blocked, distrusted, lost, unblocked: 0, urls: [] as string[] };
  node.events.on('blocked', (facts) => void blocked.push(facts));
  node.events.on('distrusted', (facts) => void distrusted.push(facts));
  for (const name of ['gap', 'dead-letter', 'unknown-loss'] as const)
    node.events.on(name, (facts: object) => void lost.push(facts));
  node.events.on('unblocked', () => {
    seen.unblocked += 1;
  });
  await rig.wait(node.start());
  seen.urls = await rig.reads(node);
  return seen;
}

/** One after the other, each in a segment of its own. */
async function published(rig: NodeRig, node: BucketcastNode, ...urls: string[]): Promise<unknown> {
  let last: unknown;
  for (const url of urls) last = await rig.wait(node.publish({ url }, { visible: true }));
  return last;
}

function fleetIdOf(node: BucketcastNode): string {
  return node.snapshot().fleetId as string;
}

async function bodyOf(rig: NodeRig, key: string): Promise<Uint8Array> {
  const answer = await rig.bucket.get(key);
  assert.equal(answer.status, 'found', key);
  return answer.status === 'found' ? answer.body : new Uint8Array();
}

function positionOf(state: State, writer: string): number | undefined {
  return state.positions('all').find((position) => position.writer === writer)?.sequence;
}

function newerSegment(segment: Uint8Array, place: Parameters<typeof finishHeader>[2]): Uint8Array {
  const header = segment.slice(0, headerBytes);
  new DataView(header.buffer).setUint16(4, 2, true);
  finishHeader(header, segment.subarray(headerBytes), place);
  return Buffer.concat([header, segment.subarray(headerBytes)]);
}

function newerBatch(key: string, fleetId: string): Uint8Array {
  const batch = key.slice(parkedPrefix.length);
  assert.equal(parkedKey(batch), key);
  const text = 'bucketcast-batch 2 -\nwhatever comes then\n';
  return Buffer.from(`${text}${hex(crc32(text, crc32(`${fleetId}/${batch}/`)))}\n`);
}

function hex(sum: number): string {
  return sum.toString(16).padStart(8, '0');
}
