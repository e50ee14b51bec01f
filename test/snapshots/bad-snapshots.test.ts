import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noKeys } from '../../src/log/fleet-keys.ts';
import { parseSnapshotKey } from '../../src/log/snapshot-keys.ts';
import { sampleKeys } from '../log/support/sample-segment.ts';
import { indexName, SnapshotRig } from './support/snapshot-rig.ts';

async function twoSnapshots(keys = noKeys) {
  const rig = new SnapshotRig(keys);
  const state = rig.index(10, 1);
  await rig.writer(state).runOnce();
  const old = SnapshotRig.contents(state);
  const before = new Set(await rig.listed());
  rig.publish(state, 10, 2);
  rig.now += 5000;
  await rig.writer(state).runOnce();
  const newest = (await rig.listed()).filter((key) => !before.has(key));
  return { rig, old, newest, older: [...before] };
}

async function loadedSequence(rig: SnapshotRig) {
  const state = rig.state();
  assert.equal(await rig.load(state), true);
  return { sequence: state.positions(indexName)[0]?.sequence, contents: SnapshotRig.contents(state) };
}

test('a missing, cut, swapped or older part makes a reader take the snapshot before, and say so', async () => {
  for (const keys of [noKeys, sampleKeys]) {
    const damages: ((rig: SnapshotRig, newest: string[], older: string[]) => Promise<unknown>)[] = [
      (rig, newest) => rig.bucket.delete(partsOf(newest)[1] as string),
      async (rig, newest) => {
        const key = partsOf(newest)[0] as string;
        await rig.bucket.put(key, (await body(rig, key)).subarray(0, -1));
      },
      async (rig, newest) => {
        const [a, b] = partsOf(newest) as [string, string];
        const [first, second] = [await body(rig, a), await body(rig, b)];
        await rig.bucket.put(a, second);
        await rig.bucket.put(b, first);
      },
      async (rig, newest, older) =>
        rig.bucket.put(partsOf(newest)[2] as string, await body(rig, partsOf(older)[2] as string)),
      async (rig, newest, older) => rig.bucket.put(manifestOf(newest), await body(rig, manifestOf(older))),
      (rig, newest) => rig.bucket.put(manifestOf(newest), new Uint8Array(3)),
    ];
    for (const damage of damages) {
      const { rig, old, newest, older } = await twoSnapshots(keys);
      await damage(rig, newest, older);
      const { sequence, contents } = await loadedSequence(rig);
      assert.equal(sequence, 2);
      assert.deepEqual(Object.keys(contents), Object.keys(old));
      assert.equal(rig.bad.length, 1);
    }
  }
});

test('snapshots that newer ones have replaced while they were read are no reason to do without', async () => {
  const { rig, newest, older } = await twoSnapshots();
  const state = rig.index(10, 4);
  rig.now += 5000;
  const store = {
    list: rig.bucket.list.bind(rig.bucket),
    get: async (...[key, ...options]: Parameters<typeof rig.bucket.get>) => {
      if (key === partsOf(newest)[0]) {
        await rig.writer(state, { keep: 1 }).runOnce();
        assert.ok((await rig.listed()).every((left) => !newest.includes(left) && !older.includes(left)));
      }
      return rig.bucket.get(key, ...options);
    },
  };
  const reader = rig.state();
  assert.equal(await rig.load(reader, store), true);
  assert.equal(reader.positions(indexName)[0]?.sequence, 5);
  assert.equal(rig.bad.length, 1);
});

test('a snapshot whose manifest does not stand yet is passed over without a word', async () => {
  const { rig, newest } = await twoSnapshots();
  await rig.bucket.delete(manifestOf(newest));
  assert.equal((await loadedSequence(rig)).sequence, 2);
  assert.deepEqual(rig.bad, []);
});

test('a node that lacks the key of the newest snapshot takes none that it cannot read', async () => {
  const { rig } = await twoSnapshots(sampleKeys);
  const other = rig.state();
  Object.assign(rig, { keys: noKeys });
  assert.equal(await rig.load(other), false);
  assert.equal(rig.bad.length, 2);
});

function partsOf(keys: readonly string[]): string[] {
  return keys.filter((key) => typeof parseSnapshotKey(key)?.object === 'number');
}

function manifestOf(keys: readonly string[]): string {
  return keys.find((key) => parseSnapshotKey(key)?.object === 'manifest') as string;
}

async function body(rig: SnapshotRig, key: string): Promise<Uint8Array> {
  const found = await rig.bucket.get(key);
  assert.equal(found.status, 'found');
  return found.status === 'found' ? found.body : new Uint8Array();
}
