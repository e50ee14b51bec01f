import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { SettingsInput } from '../../src/config/settings.ts';
import { noKeys } from '../../src/log/fleet-keys.ts';
import { laneLogPrefix, markerKey, parkedKey, parkedPrefix, tipsPrefix } from '../../src/log/keys.ts';
import { encodeBatch } from '../../src/log/parked-batch.ts';
import { encodeRecord } from '../../src/log/record.ts';
import { encodeSegment } from '../../src/log/segment-codec.ts';
import type { BucketcastNode } from '../../src/node.ts';
import { listAll } from '../../src/store/list-all.ts';
import type { MemoryStore } from '../../src/store/memory-store.ts';
import { NodeRig } from './node-rig.ts';

/** Who reads and writes everything in the bucket and has no key, as docs/security.md lists what he can do. */
const sealed = {
  encryption: { keys: [{ id: 'k1', secret: 'ab'.repeat(32) }], active: 'k1', required: true },
  janitor: { enabled: false },
  read: { patienceMs: 1000, corruptTries: 2 },
  retry: { baseMs: 10, capMs: 20 },
} satisfies SettingsInput;
const urls = ['u0', 'u1', 'u2'];

/** A writer's three segments and its tip in the bucket. */
async function published(t: TestContext, settings: SettingsInput = sealed, luck = 0) {
  const rig = new NodeRig(t);
  // Another fleet has another id.
  rig.random.bytes(luck);
  const { bucket } = rig;
  const writer = await rig.started('web-1', settings);
  const places = [];
  for (const url of urls) places.push(await rig.wait(writer.publish({ url }, { visible: true })));
  await rig.wait(writer.flush());
  const [place] = places;
  assert.ok(place?.durable === 'bucket');
  const lane = { writer: place.writer, lane: place.lane };
  const keys = await keysOf(bucket, laneLogPrefix(lane));
  assert.equal(keys.length, 3);
  const { fleetId } = writer.status().store;
  assert.ok(fleetId !== null);
  const [tip] = await keysOf(bucket, `${tipsPrefix}${lane.writer}/`);
  return { rig, bucket, writer, fleetId, lane, keys: keys as [string, string, string], tip: tip as string };
}

async function read(rig: NodeRig, settings: SettingsInput = sealed) {
  const node = await rig.started('reader', settings);
  const told = complaintsOf(node);
  const got = await rig.reads(node);
  await rig.wait(node.idle());
  return { node, got, told };
}

function complaintsOf(node: BucketcastNode): string[] {
  const told: string[] = [];
  node.events.on('distrusted', ({ reason }) => void told.push(`distrusted: ${reason}`));
  node.events.on('dead-letter', ({ reason }) => void told.push(`dead letter: ${reason}`));
  node.events.on('blocked', ({ reason }) => void told.push(`blocked: ${reason}`));
  return told;
}

async function keysOf(bucket: MemoryStore, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of listAll(bucket, prefix)) keys.push(key);
  return keys;
}

async function bytesOf(bucket: MemoryStore, key: string): Promise<Uint8Array> {
  const answer = await bucket.get(key);
  assert.ok(answer.status === 'found');
  return answer.body;
}

const corrupt = 'dead letter: corrupt';

describe('a segment that somebody without the key', () => {
  it('altered, is a dead letter, and those around it are delivered', async (t) => {
    const { rig, bucket, keys } = await published(t);
    const bytes = Uint8Array.from(await bytesOf(bucket, keys[1]));
    bytes[bytes.length - 1]! ^= 1;
    await bucket.put(keys[1], bytes);
    const { got, told } = await read(rig);
    assert.deepEqual([got, told], [['u0', 'u2'], [corrupt]]);
  });

  it('cut short, is a dead letter', async (t) => {
    const { rig, bucket, keys } = await published(t);
    await bucket.put(keys[0], (await bytesOf(bucket, keys[0])).subarray(0, -20));
    await bucket.put(keys[2], new Uint8Array());
    const { got, told } = await read(rig);
    assert.deepEqual([got, told], [['u1'], [corrupt, corrupt]]);
  });

  it('swapped for another of the same lane, is delivered in neither place', async (t) => {
    const { rig, bucket, keys } = await published(t);
    const [first, second] = [await bytesOf(bucket, keys[0]), await bytesOf(bucket, keys[1])];
    await bucket.put(keys[0], second);
    await bucket.put(keys[1], first);
    const { got, told } = await read(rig);
    assert.deepEqual([got, told], [['u2'], [corrupt, corrupt]]);
  });

  it('replaced by one in the clear, is not delivered where encryption is required', async (t) => {
    const { rig, bucket, fleetId, lane, keys } = await published(t);
    const records = [encodeRecord({ url: 'forged' }, { id: 'a'.repeat(32), hlc: 1n })];
    const plain = await encodeSegment({
      ...lane,
      sequence: 1,
      key: keys[1],
      records,
      fleetId,
      keys: noKeys,
      random: rig.random,
      compressFromBytes: 4096,
    });
    await bucket.put(keys[1], plain);
    const { got, told } = await read(rig);
    assert.deepEqual([got, told], [['u0', 'u2'], [corrupt]]);
  });

  it('replayed at the next number, is a dead letter there, and what its writer publishes next arrives', async (t) => {
    const { rig, bucket, writer, keys } = await published(t);
    const { got, told, node } = await read(rig);
    await bucket.put(keys[2].replace(/.$/, '3'), await bytesOf(bucket, keys[0]));
    await rig.wait(writer.publish({ url: 'u3' }, { visible: true }));
    await rig.wait(node.pollNow());
    await rig.wait(node.idle());
    assert.deepEqual([got, told], [[...urls, 'u3'], [corrupt]]);
  });

  it('deleted, is reported as a gap', async (t) => {
    const { rig, bucket, keys } = await published(t);
    await bucket.delete(keys[1]);
    const { got, told } = await read(rig);
    assert.deepEqual([got, told], [['u0', 'u2'], ['dead letter: missing']]);
  });
});

describe('a tip or batch that somebody without the key', () => {
  it('forged, names no lane to anybody', async (t) => {
    const { rig, bucket, tip, lane } = await published(t);
    const bare = tip.replace(/_k1-\w+$/, '');
    const other = lane.writer.replace('web-1~', 'web-2~');
    const forged = [
      bare.replace(/\/(\w{10})_(\w{10})\./, '/000000000z_000000000z.'),
      tip.replace(/\/(\w{10})_(\w{10})\./, '/000000000z_000000000z.'),
      tip.replace(lane.writer, other),
      `${bare.replace(lane.writer, other)}_k9-${'0'.repeat(32)}`,
    ];
    for (const key of forged) await bucket.put(key, new Uint8Array());
    const { got, told } = await read(rig);
    assert.deepEqual(got, urls);
    assert.deepEqual(told.toSorted(), [
      'distrusted: has no MAC, and encryption.required is set',
      'distrusted: is signed with a key that is not in encryption.keys',
      'distrusted: its MAC is wrong',
      'distrusted: its MAC is wrong',
    ]);
  });

  it('put back, delivers nothing twice and hides nothing that is known', async (t) => {
    const { rig, bucket, writer, tip } = await published(t);
    const { got, told, node } = await read(rig);
    const rewinds: string[] = [];
    node.events.on('rewound', ({ kind }) => void rewinds.push(kind));
    await rig.wait(writer.publish({ url: 'u3' }, { visible: true }));
    await rig.wait(writer.flush());
    await rig.wait(node.pollNow());
    for (const key of await keysOf(bucket, tipsPrefix)) await bucket.delete(key);
    await bucket.put(tip, new Uint8Array());
    await rig.wait(node.pollNow());
    await rig.wait(node.idle());
    assert.deepEqual([got, told, rewinds], [[...urls, 'u3'], [], ['tip']]);
  });

  it('wrote in the clear or under another name, tells of no writer', async (t) => {
    const { rig, bucket, fleetId, lane } = await published(t, {
      ...sealed,
      publish: { retireAfterMs: 30_000 },
      janitor: { quietMs: 60_000 },
    });
    await rig.clock.advance(10 * 60_000);
    const [signed] = await keysOf(bucket, parkedPrefix);
    assert.ok(signed, 'the writer is parked');
    const entry = { writer: lane.writer, lanes: [{ next: 9, oldest: 0 }], parkedAt: rig.clock.now() };
    const [copy, plain] = ['c'.repeat(32), 'd'.repeat(32)];
    await bucket.put(parkedKey(copy), await bytesOf(bucket, signed));
    await bucket.put(parkedKey(plain), encodeBatch([entry], plain, { fleetId, keys: noKeys }));
    for (const batch of [copy, plain]) await bucket.put(markerKey(batch), new Uint8Array());
    const { got, told } = await read(rig);
    assert.deepEqual(got, urls);
    assert.equal(told.length, 2);
    for (const line of told) assert.match(line, /^distrusted: .*(checksum does not match|has no MAC)/);
  });
});

it('everything of another fleet with the same keys, copied over, is believed nowhere', async (t) => {
  const [ours, theirs] = [await published(t), await published(t, sealed, 7)];
  assert.notEqual(ours.lane.writer, theirs.lane.writer);
  const before = new Set(await keysOf(ours.bucket, ''));
  for (const key of await keysOf(theirs.bucket, 'v1/'))
    if (key !== 'v1/id' && !before.has(key)) await ours.bucket.put(key, await bytesOf(theirs.bucket, key));
  // Also in the places of our own.
  await ours.bucket.put(ours.keys[1], await bytesOf(theirs.bucket, theirs.keys[1]));
  const { got, told } = await read(ours.rig);
  assert.deepEqual(got, ['u0', 'u2']);
  assert.deepEqual(new Set(told), new Set([corrupt, 'distrusted: its MAC is wrong']));
});

it('with keys and without `required`, tips and segments in the clear are believed, as docs/security.md says', async (t) => {
  const { rig } = await published(t, { ...sealed, encryption: {} });
  const { got, told } = await read(rig, { ...sealed, encryption: { ...sealed.encryption, required: false } });
  assert.deepEqual([got, told], [urls, []]);
  const strict = await rig.started('strict', sealed);
  const refused = complaintsOf(strict);
  const none = await rig.reads(strict);
  await rig.wait(strict.idle());
  assert.deepEqual([none, refused], [[], ['distrusted: has no MAC, and encryption.required is set']]);
});
