import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HOUR } from '../../src/config/units.ts';
import { partKey } from '../../src/log/snapshot-keys.ts';
import { trimFloor } from '../../src/snapshots/known-snapshots.ts';
import { writer as laneWriter, SnapshotRig } from '../snapshots/support/snapshot-rig.ts';

test('one is written when the newest has grown old by the store’s clock, whoever wrote that', async () => {
  const rig = new SnapshotRig();
  const [a, b] = [rig.writer(rig.index(4, 1)), rig.writer(rig.index(4, 1))];
  assert.equal(await a.runOnce(), 'written');
  assert.equal(await b.runOnce(), 'fresh');
  rig.now += 999;
  assert.equal(await b.runOnce(), 'fresh');
  rig.now += 1;
  assert.equal(await b.runOnce(), 'written');
  assert.equal(await a.runOnce(), 'fresh');
});

test('nothing is written while the index is behind', async () => {
  const rig = new SnapshotRig();
  const writer = rig.writer(rig.index(4, 1), {}, { isBehind: () => true });
  assert.equal(await writer.runOnce(), 'behind');
  assert.deepEqual(await rig.listed(), []);
});

test('only the node that has the claim writes, and gives it back', async () => {
  const rig = new SnapshotRig();
  let held = 0;
  let released = 0;
  const claim = () => {
    if (held > released) return Promise.resolve(undefined);
    held += 1;
    const release = () => {
      released += 1;
      return Promise.resolve();
    };
    return Promise.resolve({ signal: new AbortController().signal, release });
  };
  const writers = [1, 2, 3].map(() => rig.writer(rig.index(4, 1), { write: 'claim' }, { claim }));
  const outcomes = await Promise.all(writers.map((writer) => writer.runOnce()));
  assert.deepEqual(outcomes.toSorted(), ['claimed', 'claimed', 'written']);
  assert.equal(released, 1);
});

test('whoever loses the claim on the way writes no manifest', async () => {
  const rig = new SnapshotRig();
  const lost = new AbortController();
  const claim = () => Promise.resolve({ signal: lost.signal, release: () => Promise.resolve() });
  const put = rig.bucket.put.bind(rig.bucket);
  rig.bucket.put = (key, ...rest) => {
    lost.abort();
    return put(key, ...rest);
  };
  const writer = rig.writer(rig.index(10, 1), { write: 'claim' }, { claim });
  await assert.rejects(writer.runOnce());
  assert.equal((await rig.listed()).filter((key) => key.endsWith('manifest')).length, 0);
});

test('two that write at once leave two complete snapshots, either of which loads', async () => {
  const rig = new SnapshotRig();
  const states = [rig.index(10, 1), rig.index(10, 1)];
  await Promise.all(states.map((state) => rig.writer(state).runOnce()));
  assert.equal((await rig.listed()).filter((key) => key.endsWith('manifest')).length, 2);
  const loaded = rig.state();
  assert.equal(await rig.load(loaded), true);
  assert.equal(loaded.newest.totals().urls, 10);
});

test('older ones go, the newest complete ones stay, and so do the parts of one that is being written', async () => {
  const rig = new SnapshotRig();
  const writer = rig.writer(rig.index(10, 1), { keep: 2 });
  const orphan = partKey({ rev: 1, id: '0'.repeat(32) }, 0);
  await rig.bucket.put(orphan, new Uint8Array(1));
  for (let round = 0; round < 4; round += 1) {
    rig.now += 2000;
    assert.equal(await writer.runOnce(), 'written');
  }
  const listed = await rig.listed();
  assert.equal(listed.filter((key) => key.endsWith('manifest')).length, 2);
  assert.equal(listed.length, 2 * (4 + 1) + 1);
  assert.ok(listed.includes(orphan));
  rig.now += HOUR;
  await writer.runOnce();
  assert.ok(!(await rig.listed()).includes(orphan));
});

test('nothing above the vector of any complete snapshot may be trimmed, nor anything while there is none', async () => {
  const rig = new SnapshotRig();
  const state = rig.index(4, 1);
  const writer = rig.writer(state);
  const lane = { writer: laneWriter, lane: 0 };
  assert.equal(trimFloor((await writer.known.look()).complete)(lane), 0);
  await writer.runOnce();
  rig.publish(state, 4, 7);
  rig.now += 2000;
  await writer.runOnce();
  const { complete } = await writer.known.look();
  assert.equal(trimFloor(complete)(lane), 2);
  assert.equal(trimFloor(complete.slice(0, 1))(lane), 8);
  assert.equal(trimFloor(complete)({ ...lane, lane: 1 }), 0);
});
