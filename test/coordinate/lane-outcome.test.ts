import assert from 'node:assert/strict';
import { test } from 'node:test';
import { takeEntries } from '../../src/coordinate/lane-entries.ts';
import { wakeTime, wantedSequences } from '../../src/coordinate/lane-state.ts';
import { corrupt, found, Lane, missing, newerFormat, unknownKey } from './lane-rig.ts';

test('bad bytes are fetched afresh, and good ones then count', () => {
  const lane = new Lane({ next: 1 }).get(0, corrupt);
  assert.deepEqual(wantedSequences(lane.state, 64), [], 'after a rest');
  lane.at(wakeTime(lane.state) as number).get(0, corrupt);
  lane.at(wakeTime(lane.state) as number).get(0, found(0));
  assert.deepEqual(lane.take(), ['0.0']);
});

test('bytes that stay bad are given up with a copy, and the lane goes on', () => {
  const lane = new Lane({ next: 2 }).get(1, found(1));
  for (const _ of [1, 2]) lane.get(0, corrupt).at(wakeTime(lane.state) as number);
  lane.get(0, corrupt);
  const { entries } = takeEntries(lane.state, 10);
  assert.equal(entries[0]?.type === 'lost' && entries[0].loss.bytes?.length, 7);
  assert.deepEqual(lane.take(), ['corrupt 0-1', '1.0']);
});

test('a lane blocked by an unknown key alerts once, reads nothing ahead, and goes on with the key', () => {
  for (const outcome of [unknownKey, newerFormat]) {
    const lane = new Lane({ next: 3 }).get(1, found(1)).get(0, outcome);
    assert.equal(lane.took('blocked').length, 1);
    assert.equal(lane.slot(1), undefined, 'what was read ahead does not stay in memory');
    for (let at = 10_000; at < 50_000; at += 10_000) {
      lane.now = at;
      lane.poll();
      assert.deepEqual(wantedSequences(lane.state, 64), [0]);
      lane.get(0, outcome);
      assert.deepEqual(wantedSequences(lane.state, 64), []);
    }
    assert.equal(lane.took('blocked').length, 1);
    lane.now = 60_000;
    lane.poll().get(0, found(0));
    assert.equal(lane.took('unblocked').length, 1);
    assert.deepEqual(lane.take(), ['0.0']);
    assert.deepEqual(wantedSequences(lane.state, 64), [1, 2]);
  }
});

test('what arrives behind a blocked head is not kept, and nothing is read past a blocked segment', () => {
  const lane = new Lane({ next: 6 }).tell({ type: 'start', sequence: 1 }).get(0, unknownKey);
  lane.tell({ type: 'outcome', sequence: 1, outcome: found(1) });
  assert.equal(lane.slot(1), undefined);
  const ahead = new Lane({ next: 6 }).get(2, newerFormat);
  assert.deepEqual(wantedSequences(ahead.state, 64), [0, 1]);
});

test('while the way on is looked up, nothing further is fetched', () => {
  const lane = new Lane({ next: 6, oldest: 4 }).get(0, missing);
  assert.deepEqual(wantedSequences(lane.state, 64), []);
});

test('a segment ahead that cannot be read alerts only when its turn comes', () => {
  const lane = new Lane({ next: 2 }).get(1, unknownKey);
  assert.deepEqual(lane.took('blocked'), []);
  lane.get(0, found(0));
  lane.take();
  lane.get(1, unknownKey);
  assert.equal(lane.took('blocked').length, 1);
});

test('trouble with the store is waited out, and is no reason to give up', () => {
  const lane = new Lane({ next: 1 });
  for (let round = 0; round < 50; round += 1) {
    lane.tell({ type: 'start', sequence: 0 }, { type: 'failed', sequence: 0 });
    assert.deepEqual(wantedSequences(lane.state, 64), []);
    lane.at(wakeTime(lane.state) as number);
  }
  lane.get(0, found(0));
  assert.deepEqual(lane.take(), ['0.0']);
});

test('an answer nobody waits for changes nothing', () => {
  const lane = new Lane();
  const before = lane.state;
  lane.tell({ type: 'outcome', sequence: 0, outcome: found(0) }, { type: 'failed', sequence: 3 });
  lane.tell({ type: 'listed', from: 0, oldest: 9, found: undefined }, { type: 'list-failed', from: 0 });
  assert.deepEqual(lane.state, before);
});
