import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encodeFleetId } from '../../src/log/fleet-id.ts';
import { NodeRig } from './node-rig.ts';

describe('joining a fleet', () => {
  it('gives nodes that begin it together one id, which they remember', async (t) => {
    const rig = new NodeRig(t);
    const states = [rig.state(), rig.state(), rig.state()];
    const nodes = await Promise.all(states.map((state, index) => rig.started(`s${index}`, {}, { state })));
    const ids = nodes.map((node) => node.snapshot().fleetId);
    assert.match(ids[0]!, /^[0-9a-f]{32}$/);
    assert.deepEqual(ids, [ids[0], ids[0], ids[0]]);
    assert.deepEqual(
      states.map((state) => state.fleetId()),
      ids,
    );
  });

  it('is refused when the bucket is of another fleet, and says which', async (t) => {
    const rig = new NodeRig(t);
    const state = rig.state();
    const node = await rig.started('a', {}, { state });
    const remembered = node.snapshot().fleetId;
    await rig.wait(node.stop());
    const found = 'b'.repeat(32);
    await rig.bucket.put('v1/id', encodeFleetId(found));
    await assert.rejects(rig.wait(rig.node('a', {}, { state }).start({ waitForStore: true })), {
      code: 'fleet-mismatch',
      details: { remembered, found },
    });
  });

  it('makes no new id in a bucket that was emptied', async (t) => {
    const rig = new NodeRig(t);
    const state = rig.state();
    await rig.wait((await rig.started('a', {}, { state })).stop());
    await rig.bucket.delete('v1/id');
    await assert.rejects(rig.wait(rig.node('a', {}, { state }).start()), {
      code: 'fleet-mismatch',
      message: /holds no fleet \(v1\/id is missing\), but .* remembers fleet [0-9a-f]{32}$/,
      hint: /not mounted\? .* Only if it is gone for good, give this server a new state directory/,
    });
    assert.equal((await rig.bucket.get('v1/id')).status, 'missing');
  });
});
