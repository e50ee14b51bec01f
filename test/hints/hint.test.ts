import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encodeHint, type Hint, parseHint, signHint, verifyHint } from '../../src/hints/hint.ts';
import { maxHintBytes } from '../../src/hints/hint-parts.ts';
import { noKeys } from '../../src/log/fleet-keys.ts';

const writer = `web-1~${'0'.repeat(16)}~${'1'.repeat(32)}`;
const fleetId = 'a'.repeat(32);
const keys = { ring: [{ id: 'k1', secret: new Uint8Array(32).fill(7) }], active: 'k1', required: true };
const hint: Hint = { fleetId, writer, lanes: [{ next: 3, oldest: 1 }] };
const segment = { lane: 0, sequence: 2, bytes: Buffer.from('one\ntwo\n') };

const text = (fields: object) => Buffer.from(JSON.stringify({ ...plain, ...fields }));
const plain = { v: 1, fleet: fleetId, writer, lanes: [[3, 1]] };

describe('a hint', () => {
  it('comes back as it was sent, with a segment whatever its bytes are', () => {
    assert.deepEqual(parseHint(encodeHint(hint)), hint);
    const back = parseHint(encodeHint(signHint({ ...hint, segment }, { fleetId, keys })));
    assert.deepEqual(back?.segment?.bytes.toString(), segment.bytes.toString());
    assert.equal(back && verifyHint(back, { fleetId, keys }), 'ok');
  });

  it('looks in bytes as docs/protocol.md says', () => {
    const stored = encodeHint({ ...hint, segment, mac: 'k1-00' });
    const line = `{"v":1,"fleet":"${fleetId}","writer":"${writer}","lanes":[[3,1]],"segment":[0,2],"mac":"k1-00"}`;
    assert.equal(Buffer.from(stored).toString(), `${line}\none\ntwo\n`);
  });

  it('is signed for its fleet, its writer and its numbers alone', () => {
    const signed = signHint(hint, { fleetId, keys });
    const verdict = (change: Partial<Hint>, ring = keys) =>
      verifyHint({ ...signed, ...change }, { fleetId: change.fleetId ?? fleetId, keys: ring });
    assert.equal(verdict({}), 'ok');
    assert.equal(verdict({ lanes: [{ next: 4, oldest: 1 }] }), 'bad');
    assert.equal(verdict({ lanes: [{ next: 3, oldest: 0 }] }), 'bad');
    assert.equal(verdict({ writer: writer.replace('web-1', 'web-2') }), 'bad');
    assert.equal(verdict({ fleetId: 'b'.repeat(32) }), 'bad');
    assert.equal(verdict({}, { ...keys, ring: [{ id: 'k1', secret: new Uint8Array(32) }] }), 'bad');
    assert.equal(verdict({}, { ...keys, ring: [{ id: 'k2', secret: new Uint8Array(32) }] }), 'unknown-key');
    assert.equal(verifyHint(signHint(hint, { fleetId, keys: noKeys }), { fleetId, keys }), 'unsigned');
  });

  it('is nothing where the bytes are not those of a hint, and never throws', () => {
    const bad = [
      Buffer.alloc(0),
      Buffer.from('null'),
      Buffer.from('[]'),
      Buffer.from('{'),
      Buffer.from([0xff, 0xfe, 0x0a]),
      text({ v: 2 }),
      text({ fleet: 'x' }),
      text({ writer: 'nobody' }),
      text({ lanes: [] }),
      text({ lanes: Array.from({ length: 17 }, () => [1, 0]) }),
      text({ lanes: [[1, 2]] }),
      text({ lanes: [[-1, -1]] }),
      text({ lanes: [[1.5, 0]] }),
      text({ lanes: [['1', 0]] }),
      text({ lanes: [[1]] }),
      text({ lanes: [null] }),
      text({ lanes: [[36 ** 10, 0]] }),
      text({ mac: 7 }),
      text({ segment: [0, 2] }),
      Buffer.concat([text({}), Buffer.from('\nbytes')]),
      Buffer.concat([text({ segment: [0, 3] }), Buffer.from('\nbytes')]),
      Buffer.concat([text({ segment: [1, 0] }), Buffer.from('\nbytes')]),
      Buffer.concat([text({ segment: [0, 2] }), Buffer.from('\n')]),
      text({ more: 'x'.repeat(5000) }),
      Buffer.concat([text({ segment: [0, 2] }), Buffer.from('\n'), Buffer.alloc(maxHintBytes)]),
    ];
    for (const bytes of bad) assert.equal(parseHint(bytes), undefined, bytes.subarray(0, 200).toString());
    assert.ok(parseHint(text({ later: 'fields are no harm' })));
  });
});
