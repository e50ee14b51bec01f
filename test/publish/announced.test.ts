import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Announcer } from '../../src/hints/announcer.ts';
import { segmentKey } from '../../src/log/keys.ts';
import { Rig } from './publisher-rig.ts';

/** A publisher that has begun, and what it announces, in order. */
function announced() {
  const rig = new Rig();
  const said: { what: 'durable' | 'tip'; next: number; sequences: number[] }[] = [];
  const stored: { key: string; bytes: Uint8Array }[] = [];
  const announcer: Announcer = {
    durable: (writer, lanes, segments) => {
      for (const { lane, sequence, bytes } of segments)
        stored.push({ key: segmentKey({ writer, lane }, sequence), bytes });
      const sequences = segments.map(({ sequence }) => sequence);
      said.push({ what: 'durable', next: lanes[0]?.next ?? -1, sequences });
    },
    tipWritten: (_, lanes) => said.push({ what: 'tip', next: lanes[0]?.next ?? -1, sequences: [] }),
  };
  const { publisher, store } = rig.publisher({ announcer });
  publisher.start();
  return { rig, publisher, store, said, stored };
}

test('what is durable is announced as far as it has no hole, with the bytes that are stored, and then the tip', async () => {
  const { rig, publisher, said, stored } = announced();
  await rig.clock.settled(publisher.publish({ url: 'one' }));
  await rig.clock.settled(publisher.publish({ url: 'two' }));
  await rig.clock.settled(publisher.flush());
  assert.deepEqual(
    said.filter(({ what }) => what === 'durable'),
    [
      { what: 'durable', next: 1, sequences: [0] },
      { what: 'durable', next: 2, sequences: [1] },
    ],
  );
  assert.deepEqual(said.at(-1), { what: 'tip', next: 2, sequences: [] });
  for (const { key, bytes } of stored) {
    const answer = await rig.bucket.get(key);
    assert.deepEqual(answer.status === 'found' && answer.body, bytes);
  }
  assert.equal(stored.length, 2);
});

test('of a segment that was refused nothing is handed out, though its number is announced', async () => {
  const { rig, publisher, store, said, stored } = announced();
  store.script = ({ operation, number }) => (operation === 'put' && number === 1 ? 'refuse' : 'pass');
  await assert.rejects(rig.clock.settled(publisher.publish({ url: 'one' })), { code: 'store-refused' });
  await rig.clock.settled(publisher.publish({ url: 'two' }));
  assert.deepEqual(
    said.filter(({ what }) => what === 'durable').map(({ next, sequences }) => [next, sequences]),
    [
      [1, []],
      [2, [1]],
    ],
  );
  assert.equal(stored.length, 1);
});
