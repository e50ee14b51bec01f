import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Beat, beatKey, beatName, parseBeatKey } from '../../src/log/beat-keys.ts';
import { signBeat, verifyBeat } from '../../src/log/beat-mac.ts';

const host = 'web-1~0123456789abcdef';
const writer = `${host}~${'ab'.repeat(16)}`;
const bare: Beat = { host, count: 41, everyMs: 60_000 };
const full: Beat = { ...bare, announced: { writer, segments: 7 } };
const secret = new Uint8Array(32).fill(1);
const keys = { ring: [{ id: 'k1', secret }], active: 'k1', required: true };
const fleet = { fleetId: 'f'.repeat(32), keys };

describe('the key of a heartbeat', () => {
  it('says all that the heartbeat says, signed or not', () => {
    for (const beat of [bare, full, signBeat(bare, fleet), signBeat(full, fleet), { ...bare, everyMs: 0 }])
      assert.deepEqual(parseBeatKey(beatKey(beat)), beat);
    assert.equal(beatKey(bare), `v1/beats/${host}/0000000015.0000001aao`);
    assert.equal(beatName(full).split('.').length, 4);
  });

  it('is nothing else', () => {
    const key = beatKey(signBeat(full, fleet));
    const others = [
      key.replace('v1/beats/', 'v1/tips/'),
      key.replace('web-1', 'WEB'),
      `${key}0`,
      `${key}/x`,
      key.slice(0, -1),
      key.replace('_k1-', '_K1-'),
      key.replace('.00', '.-0'),
      'v1/beats/',
    ];
    for (const other of others) assert.equal(parseBeatKey(other), undefined, other);
  });
});

it('a MAC fits one heartbeat of one host in one fleet', () => {
  const signed = signBeat(full, fleet);
  assert.equal(verifyBeat(signed, fleet), 'ok');
  const { mac } = signed;
  const others: Beat[] = [
    { ...signed, count: 42 },
    { ...signed, everyMs: 0 },
    { ...bare, mac: mac! },
    { ...signed, host: host.replace('1~', '2~') },
    { ...signed, announced: { writer, segments: 8 } },
  ];
  for (const other of others) assert.equal(verifyBeat(other, fleet), 'bad');
  assert.equal(verifyBeat(signed, { ...fleet, fleetId: 'e'.repeat(32) }), 'bad');
  assert.equal(verifyBeat(signed, { ...fleet, keys: { ...keys, ring: [] } }), 'unknown-key');
  assert.equal(verifyBeat(full, fleet), 'unsigned');
});
