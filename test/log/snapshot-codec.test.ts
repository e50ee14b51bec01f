import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noKeys } from '../../src/log/fleet-keys.ts';
import { encodeRecord } from '../../src/log/record.ts';
import { manifestKey, parseSnapshotKey, partKey } from '../../src/log/snapshot-keys.ts';
import { decodeManifest, encodeManifest, type SnapshotManifest } from '../../src/log/snapshot-manifest.ts';
import { decodePart, encodePart, type SnapshotEntry } from '../../src/log/snapshot-part.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { sampleFleet, sampleKeys, sampleTime, sampleWriter } from './support/sample-segment.ts';

const snapshot = { rev: 7, id: '5a'.repeat(16) };
const open = { fleetId: sampleFleet, keys: noKeys };
const sealed = { fleetId: sampleFleet, keys: sampleKeys };
const random = new SeededRandom(1);

const entries: SnapshotEntry[] = Array.from({ length: 50 }, (_, at) => ({
  writer: at % 2 === 0 ? sampleWriter : sampleWriter.replace(/^[^~]+/, 'other'),
  lane: at % 3,
  sequence: 2 ** 40 + at,
  index: at,
  stamp: (0x0123456789abcdefn + BigInt(at)).toString(16).padStart(16, '0'),
  record: encodeRecord(
    { url: `https://example.org/${at}`, content: { at } },
    { id: at.toString(16).padStart(32, '0'), hlc: 5n },
  ),
  ...(at === 9 && { leftOut: { contentBytes: 1000, dataBytes: 3, digest: 'ab'.repeat(32) } }),
}));

const manifest: SnapshotManifest = {
  server: 'web-1',
  hostId: '0123456789abcdef',
  writtenAt: sampleTime,
  currentAt: sampleTime - 1,
  parts: [{ urls: 50, storedBytes: 1, plainBytes: 2, digest: 'cd'.repeat(32) }],
  vector: [{ writer: sampleWriter, lane: 0, sequence: 9, index: 2 }],
};

function plain(list: readonly SnapshotEntry[]) {
  return list.map((entry) => ({ ...entry, record: Buffer.from(entry.record).toString('hex') }));
}

test('a part gives back its entries, sealed or not, deletes and left-out content included', async () => {
  for (const fleet of [open, sealed]) {
    const target = { snapshot, part: 3, fleet };
    const { bytes, plainBytes } = await encodePart(entries, target, random);
    assert.deepEqual(plain(decodePart(bytes, target, plainBytes)), plain(entries));
    const none = await encodePart([], target, random);
    assert.deepEqual(decodePart(none.bytes, target, none.plainBytes), []);
  }
});

test('a part put in the place of another, of another snapshot or fleet, is corrupt', async () => {
  for (const fleet of [open, sealed]) {
    const target = { snapshot, part: 3, fleet };
    const { bytes, plainBytes } = await encodePart(entries, target, random);
    const others = [
      { ...target, part: 4 },
      { ...target, snapshot: { ...snapshot, rev: 8 } },
      { ...target, snapshot: { ...snapshot, id: '5b'.repeat(16) } },
      { ...target, fleet: { ...fleet, fleetId: 'f'.repeat(32) } },
    ];
    for (const other of others)
      assert.throws(() => decodePart(bytes, other, plainBytes), { code: 'corrupt' });
  }
});

test('a part that is cut or has any byte turned is corrupt, and never anything else', async () => {
  for (const fleet of [open, sealed]) {
    const target = { snapshot, part: 0, fleet };
    const { bytes, plainBytes } = await encodePart(entries.slice(0, 3), target, random);
    for (let at = 0; at < bytes.length; at += 1) {
      assert.throws(() => decodePart(bytes.subarray(0, at), target, plainBytes), { code: 'corrupt' });
      const turned = Uint8Array.from(bytes);
      turned[at] = (turned[at] as number) ^ 0x10;
      assert.throws(() => decodePart(turned, target, plainBytes), { code: 'corrupt' });
    }
  }
});

test('nothing larger than the manifest says is opened', async () => {
  const target = { snapshot, part: 0, fleet: open };
  const { bytes, plainBytes } = await encodePart(entries, target, random);
  assert.throws(() => decodePart(bytes, target, plainBytes - 1), { code: 'corrupt', message: /more than/ });
});

test('where encryption is required, what is not sealed is corrupt, and a missing key says its name', async () => {
  const target = { snapshot, part: 0, fleet: open };
  const { bytes, plainBytes } = await encodePart(entries, target, random);
  const strict = { ...sealed, keys: { ...sampleKeys, required: true } };
  assert.throws(() => decodePart(bytes, { ...target, fleet: strict }, plainBytes), { code: 'corrupt' });
  const under = await encodePart(entries, { ...target, fleet: sealed }, random);
  assert.throws(() => decodePart(under.bytes, target, under.plainBytes), { code: 'unknown-key' });
});

test('a manifest gives back what it was made of, and is bound to its snapshot', async () => {
  for (const fleet of [open, sealed]) {
    const bytes = await encodeManifest(manifest, { snapshot, fleet }, random);
    assert.deepEqual(decodeManifest(bytes, { snapshot, fleet }), manifest);
    const moved = { snapshot: { ...snapshot, rev: 8 }, fleet };
    assert.throws(() => decodeManifest(bytes, moved), { code: 'corrupt' });
    assert.throws(() => decodeManifest(bytes.subarray(0, -1), { snapshot, fleet }), { code: 'corrupt' });
  }
});

test('a manifest with a place or a part that cannot be is corrupt', async () => {
  const target = { snapshot, fleet: open };
  const wrong: Partial<SnapshotManifest>[] = [
    { vector: [{ writer: 'nobody', lane: 0, sequence: 0, index: 0 }] },
    { vector: [{ writer: sampleWriter, lane: 16, sequence: 0, index: 0 }] },
    { vector: [{ writer: sampleWriter, lane: 0, sequence: -1, index: 0 }] },
    { parts: [{ urls: 1, storedBytes: 1, plainBytes: 2 ** 40, digest: 'cd'.repeat(32) }] },
    { parts: [{ urls: 1, storedBytes: 2 ** 40, plainBytes: 1, digest: 'cd'.repeat(32) }] },
    { parts: [{ urls: 1, storedBytes: 1, plainBytes: 1, digest: 'short' }] },
    { server: '../x' },
  ];
  for (const change of wrong) {
    const bytes = await encodeManifest({ ...manifest, ...change }, target, random);
    assert.throws(() => decodeManifest(bytes, target), { code: 'corrupt' });
  }
});

test('keys of a snapshot are read back, and nothing else passes for one', () => {
  assert.deepEqual(parseSnapshotKey(partKey(snapshot, 12)), { snapshot, object: 12 });
  assert.deepEqual(parseSnapshotKey(manifestKey(snapshot)), { snapshot, object: 'manifest' });
  for (const key of ['v1/snapshots/x/manifest', `${manifestKey(snapshot)}/`, `${partKey(snapshot, 1)}0`])
    assert.equal(parseSnapshotKey(key), undefined);
});
