import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fleetKeys, noKeys } from '../../src/log/fleet-keys.ts';

const key = (id: string, byte: string) => ({ id, secret: byte.repeat(32) });

test('keys are read from hex, and no keys are no keys', () => {
  const keys = fleetKeys({ keys: [key('k1', '0A'), key('k2', 'ff')], active: 'k2', required: true });
  assert.deepEqual(keys.ring[0], { id: 'k1', secret: new Uint8Array(32).fill(10) });
  assert.deepEqual([keys.ring.length, keys.active, keys.required], [2, 'k2', true]);
  assert.deepEqual(fleetKeys({ keys: [], required: false }), noKeys);
  assert.deepEqual(structuredClone(keys), keys);
});

test('keys that do not fit together are refused with the path', () => {
  const refused: [Parameters<typeof fleetKeys>[0], RegExp][] = [
    [{ keys: [key('a', '01'), key('a', '02')], required: false }, /^encryption\.keys\[1\]\.id: .*got "a"$/],
    [{ keys: [key('a', '01')], active: 'b', required: false }, /^encryption\.active: .*\(a\), got "b"$/],
    [{ keys: [], active: 'b', required: false }, /\(none\), got "b"$/],
    [{ keys: [key('a', '01')], required: true }, /^encryption\.active: .*required is set, got nothing$/],
  ];
  for (const [settings, message] of refused) {
    assert.throws(() => fleetKeys(settings), { code: 'invalid-settings', message });
  }
});

test('an error about keys shows no secret', () => {
  const settings = { keys: [key('a', '5e'), key('a', '5e')], required: false };
  assert.throws(
    () => fleetKeys(settings),
    (error: Error) => !JSON.stringify(error, Object.getOwnPropertyNames(error)).includes('5e5e'),
  );
});
