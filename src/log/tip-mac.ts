import { createHmac, timingSafeEqual } from 'node:crypto';
import type { FleetKey, FleetKeys } from './fleet-keys.ts';
import { type Tip, tipName } from './keys.ts';
import { activeKey, subkey } from './subkey.ts';

/**
 * A tip's MAC, `<key id>-<32 hex digits>`: the first 16 bytes of HMAC-SHA-256 under the subkey "tip", over the ASCII
 * text `<fleet id>/<writer>/<tip name>`. An old tip that is put back changes nothing, for tips are joined by max.
 */
export interface Fleet {
  readonly fleetId: string;
  readonly keys: FleetKeys;
}

/**
 * - `ok`: the MAC is right
 * - `unsigned`: there is none (to be refused when `keys.required`)
 * - `bad`: it is wrong
 * - `unknown-key`: it names a key that this node does not have
 */
export type MacVerdict = 'ok' | 'unsigned' | 'bad' | 'unknown-key';

/** The tip with a MAC by the active key; without one, the tip as it is. */
export function signTip(tip: Tip, fleet: Fleet): Tip {
  const key = activeKey(fleet.keys);
  const { mac: _, ...bare } = tip;
  return key === undefined ? bare : { ...bare, mac: macOf(tip, key, fleet.fleetId) };
}

export function verifyTip(tip: Tip, fleet: Fleet): MacVerdict {
  return verifyMac(tip.mac, fleet.keys, (key) => macOf(tip, key, fleet.fleetId));
}

/** `expected` makes the MAC by a given key, in the form `<key id>-<32 hex digits>`. */
export function verifyMac(
  mac: string | undefined,
  keys: FleetKeys,
  expected: (key: FleetKey) => string,
): MacVerdict {
  if (mac === undefined) return 'unsigned';
  const key = keys.ring.find(({ id }) => id === mac.slice(0, mac.indexOf('-')));
  if (key === undefined) return 'unknown-key';
  const right = Buffer.from(expected(key));
  const given = Buffer.from(mac);
  return given.length === right.length && timingSafeEqual(given, right) ? 'ok' : 'bad';
}

/** HMAC-SHA-256 under the key's subkey for `purpose`, cut to 16 bytes. */
export function macText(
  key: FleetKey,
  fleetId: string,
  purpose: 'tip' | 'batch' | 'claim' | 'hint' | 'beat',
  parts: readonly string[],
): string {
  const hmac = createHmac('sha256', subkey(key, fleetId, purpose));
  for (const part of parts) hmac.update(part);
  return `${key.id}-${hmac.digest('hex').slice(0, 32)}`;
}

function macOf(tip: Tip, key: FleetKey, fleetId: string): string {
  return macText(key, fleetId, 'tip', [`${fleetId}/${tip.writer}/${tipName(tip)}`]);
}
