import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noKeys } from '../../src/log/fleet-keys.ts';
import { parseTipsKey, type Tip, tipKey } from '../../src/log/keys.ts';
import { signTip, verifyTip } from '../../src/log/tip-mac.ts';
import { sampleFleet, sampleKeys, sampleWriter } from './support/sample-segment.ts';

const fleet = { fleetId: sampleFleet, keys: sampleKeys };
const tip: Tip = { writer: sampleWriter, rev: 3, lanes: [{ next: 9, oldest: 2 }] };

test('a signed tip verifies after its way through a key, also with another active key', () => {
  const parsed = parseTipsKey(tipKey(signTip(tip, fleet)));
  assert.ok(parsed.type === 'tip');
  assert.equal(verifyTip(parsed.tip, fleet), 'ok');
  assert.equal(verifyTip(parsed.tip, { ...fleet, keys: { ...sampleKeys, active: 'k2' } }), 'ok');
});

test('a MAC is wrong for any other number, writer, fleet or secret', () => {
  const signed = signTip(tip, fleet);
  const otherSecret = { ...sampleKeys, ring: [{ id: 'k1', secret: new Uint8Array(32).fill(9) }] };
  assert.equal(verifyTip({ ...signed, rev: 4 }, fleet), 'bad');
  assert.equal(verifyTip({ ...signed, lanes: [{ next: 10, oldest: 2 }] }, fleet), 'bad');
  assert.equal(verifyTip({ ...signed, lanes: [{ next: 9, oldest: 3 }] }, fleet), 'bad');
  assert.equal(verifyTip({ ...signed, lanes: [...tip.lanes, { next: 0, oldest: 0 }] }, fleet), 'bad');
  assert.equal(verifyTip({ ...signed, writer: sampleWriter.replace('web-1', 'web-2') }, fleet), 'bad');
  assert.equal(verifyTip(signed, { ...fleet, fleetId: '0'.repeat(32) }), 'bad');
  assert.equal(verifyTip(signed, { ...fleet, keys: otherSecret }), 'bad');
  assert.equal(verifyTip({ ...signed, mac: `k2${signed.mac?.slice(2)}` }, fleet), 'bad');
});

test('without a key there is no MAC, and one by an unknown key says so', () => {
  const open = { ...fleet, keys: noKeys };
  assert.deepEqual(signTip({ ...tip, mac: `k1-${'0'.repeat(32)}` }, open), tip);
  assert.equal(verifyTip(tip, fleet), 'unsigned');
  assert.equal(verifyTip(signTip(tip, fleet), open), 'unknown-key');
});
