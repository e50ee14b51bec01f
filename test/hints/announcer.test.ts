import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HintAnnouncer } from '../../src/hints/announcer.ts';
import { type Hint, parseHint } from '../../src/hints/hint.ts';
import { type FleetKeys, noKeys } from '../../src/log/fleet-keys.ts';

const writer = `web-1~${'0'.repeat(16)}~${'1'.repeat(32)}`;
const fleetId = 'a'.repeat(32);
const signing = { ring: [{ id: 'k1', secret: new Uint8Array(32).fill(7) }], active: 'k1', required: true };

function announcer(keys: FleetKeys, inlineBytes = 100) {
  const sent: Hint[] = [];
  const send = (bytes: Uint8Array) => void sent.push(parseHint(bytes) as Hint);
  return { sent, to: new HintAnnouncer({ fleet: { fleetId, keys }, inlineBytes, send }) };
}
const lanes = (...next: number[]) => next.map((one) => ({ next: one, oldest: 0 }));
const sealed = 2;
const segment = (sequence: number, length: number, flags = sealed) => {
  const bytes = Buffer.alloc(length, 1);
  bytes.writeUInt32LE(flags, 8);
  return { lane: 0, sequence, bytes };
};
const said = ({ lanes: reach, segment: inline }: Hint) => [
  reach.map(({ next }) => next).join(),
  inline ? inline.sequence : 'none',
];

describe('what is announced', () => {
  it('without keys is said when a tip stands, once, and not when it only trims', () => {
    const { sent, to } = announcer(noKeys);
    to.durable(writer, lanes(1), [segment(0, 90)]);
    to.tipWritten(writer, lanes(1));
    to.tipWritten(writer, [{ next: 1, oldest: 1 }]);
    to.tipWritten(writer, lanes(2));
    assert.deepEqual(sent.map(said), [
      ['1', 'none'],
      ['2', 'none'],
    ]);
    assert.equal(sent[0]?.mac, undefined);
  });

  it('with keys is said when it is durable, each small segment inside a hint that reaches just so far', () => {
    const { sent, to } = announcer(signing);
    to.durable(writer, lanes(3, 7), [segment(0, 90), segment(1, 90), segment(2, 90)]);
    to.tipWritten(writer, lanes(3, 7));
    assert.deepEqual(sent.map(said), [
      ['1,7', 0],
      ['2,7', 1],
      ['3,7', 2],
    ]);
    assert.match(sent[0]?.mac ?? '', /^k1-/);
  });

  it('goes without a segment that was made in the clear, right before the first key became active', () => {
    const { sent, to } = announcer(signing);
    to.durable(writer, lanes(2), [segment(0, 90, 0), segment(1, 90)]);
    to.durable(writer, lanes(3), [segment(2, 90, 1)]);
    assert.deepEqual(sent.map(said), [
      ['2', 1],
      ['3', 'none'],
    ]);
  });

  it('goes without a segment that is large, and says at least how far all of it reaches', () => {
    const { sent, to } = announcer(signing);
    to.durable(writer, lanes(3), [segment(0, 101), segment(1, 90), segment(2, 101)]);
    to.durable(writer, lanes(4), []);
    to.durable(writer, lanes(6), [segment(4, 90)]);
    assert.deepEqual(sent.map(said), [
      ['2', 1],
      ['3', 'none'],
      ['4', 'none'],
      ['5', 4],
      ['6', 'none'],
    ]);
  });
});
