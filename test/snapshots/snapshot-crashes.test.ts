import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failingFrom, indexName, SnapshotRig, writer } from './support/snapshot-rig.ts';

test('a new index has every row of the snapshot, deletes included, and goes on at its vector', async () => {
  const rig = new SnapshotRig();
  const before = rig.index(10, 1);
  assert.equal(await rig.writer(before).runOnce(), 'written');
  const after = rig.state();
  assert.equal(await rig.load(after), true);
  assert.deepEqual(SnapshotRig.contents(after), SnapshotRig.contents(before));
  assert.deepEqual(after.positions(indexName), [{ writer, lane: 0, sequence: 2, index: 0 }]);
  assert.equal(after.newest.find('u4')?.kind, 'delete');
});

test('whatever call of the writer is the last that gets through, the snapshot before or the new one loads', async () => {
  for (const done of [false, true]) {
    for (let n = 0, ended = false; !ended; n += 1) {
      const rig = new SnapshotRig();
      const state = rig.index(10, 1);
      await rig.writer(state).runOnce();
      const old = SnapshotRig.contents(state);
      rig.publish(state, 10, 2);
      rig.now += 5000;
      const failing = failingFrom(rig.bucket, n, done);
      await rig
        .writer(state, {}, { store: failing.store })
        .runOnce()
        .catch(() => {});
      ended = failing.calls() <= n;
      const loaded = rig.state();
      assert.equal(await rig.load(loaded), true);
      const [position] = loaded.positions(indexName);
      const expected = position?.sequence === 3 ? SnapshotRig.contents(state) : old;
      assert.deepEqual(SnapshotRig.contents(loaded), expected, `call ${n}`);
      assert.deepEqual(rig.bad, []);
      assert.ok(n < 100);
    }
  }
});

test('whatever call of a loading node is the last that gets an answer, it shows nothing, and all of it the next time', async () => {
  for (let n = 0, ended = false; !ended; n += 1) {
    const rig = new SnapshotRig();
    const state = rig.index(10, 1);
    await rig.writer(state).runOnce();
    const loaded = rig.state();
    const failing = failingFrom(rig.bucket, n, false);
    const first = await rig.load(loaded, failing.store).catch(() => undefined);
    ended = first === true;
    if (!ended) assert.equal(loaded.subscription(indexName), undefined);
    if (!ended) assert.equal(await rig.load(loaded), true);
    assert.deepEqual(SnapshotRig.contents(loaded), SnapshotRig.contents(state));
    assert.deepEqual(loaded.positions(indexName), state.positions(indexName));
  }
});

test('a row that is newer than the snapshot stays when the snapshot is loaded over it', async () => {
  const rig = new SnapshotRig();
  await rig.writer(rig.index(5, 1)).runOnce();
  const state = rig.state();
  state.createSubscription('other', 'earliest', [], 0);
  const newer = rig.index(5, 9).newest.find('u1');
  assert.ok(newer);
  state.advance('other', { newest: [newer] });
  await rig.load(state);
  assert.equal(state.newest.find('u1')?.sequence, 9);
  assert.equal(state.newest.find('u2')?.sequence, 1);
});

test('without a snapshot nothing is loaded, and it is said', async () => {
  const rig = new SnapshotRig();
  const none: string[] = [];
  rig.events.on('snapshot-none', ({ reader }) => none.push(reader));
  const state = rig.state();
  assert.equal(await rig.load(state), false);
  assert.equal(state.subscription(indexName), undefined);
  assert.deepEqual(none, [indexName]);
});
