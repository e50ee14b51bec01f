import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import { unknownKeyError } from './corrupt.ts';
import type { FleetKey, FleetKeys } from './fleet-keys.ts';

/**
 * What a key of the ring is used for. Each purpose has a key of its own, and segments one for every writer, so that
 * the random nonces of one AES-GCM key stay far below their birthday bound.
 *
 *   subkey = HKDF-SHA-256(secret, salt = the fleet id's 16 bytes, info = UTF-8 of the string below, 32 bytes)
 *   info   = "bucketcast v1 segment <writer>" | "bucketcast v1 snapshot <id>" | "bucketcast v1 tip"
 *            | "bucketcast v1 batch" | "bucketcast v1 claim" | "bucketcast v1 beat" | "bucketcast v1 hint"
 */
export type Purpose =
  | `segment ${string}`
  | `snapshot ${string}`
  | 'tip'
  | 'batch'
  | 'claim'
  | 'hint'
  | 'beat';

export function subkey(key: FleetKey, fleetId: string, purpose: Purpose): KeyObject {
  const known = subkeysOf(key.secret);
  const name = `${fleetId} ${purpose}`;
  let derived = known.get(name);
  if (derived === undefined) {
    const info = Buffer.from(`bucketcast v1 ${purpose}`);
    const salt = Buffer.from(fleetId, 'hex');
    derived = createSecretKey(Buffer.from(hkdfSync('sha256', key.secret, salt, info, 32)));
    if (known.size >= maxCached) known.clear();
    known.set(name, derived);
  }
  return derived;
}

/** The key with this id; throws `unknown-key` naming `what` could not be read. */
export function keyOfRing(keys: FleetKeys, id: string, what: string): FleetKey {
  const key = keys.ring.find((candidate) => candidate.id === id);
  if (key === undefined) throw unknownKeyError(what, id);
  return key;
}

/** The key that is written with, if any. */
export function activeKey(keys: FleetKeys): FleetKey | undefined {
  return keys.active === undefined ? undefined : keyOfRing(keys, keys.active, 'encryption.active');
}

/** A KeyObject made once is seven times faster in an HMAC, and twice in a cipher, than its bytes. */
const cache = new WeakMap<Uint8Array, Map<string, KeyObject>>();
const maxCached = 10_000;

function subkeysOf(secret: Uint8Array): Map<string, KeyObject> {
  const known = cache.get(secret) ?? new Map<string, KeyObject>();
  cache.set(secret, known);
  return known;
}
