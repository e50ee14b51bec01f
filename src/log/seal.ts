import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto';

/**
 * AES-256-GCM over a segment's body as it would be stored in the clear (after compression).
 *
 *   stored body     = ciphertext, then the 16-byte tag
 *   associated data = fleet id (16 bytes), key relative to v1/ (UTF-8), header up to its checksums (80 bytes)
 *
 * The parts at both ends have fixed sizes, so no two triples give the same associated data. It binds a segment to
 * its fleet and its place: it can be neither altered nor moved.
 */
export const tagBytes = 16;
export const nonceBytes = 12;
const cipher = 'aes-256-gcm';

export interface SealContext {
  readonly key: KeyObject;
  readonly nonce: Uint8Array;
  readonly associated: Uint8Array;
}

export function associatedData(fleetId: string, name: string, header: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(fleetId, 'hex'), Buffer.from(name), header]);
}

export function sealBody(body: Uint8Array, { key, nonce, associated }: SealContext): Uint8Array {
  const sealing = createCipheriv(cipher, key, nonce, { authTagLength: tagBytes }).setAAD(associated);
  return Buffer.concat([sealing.update(body), sealing.final(), sealing.getAuthTag()]);
}

/** `undefined` when the tag does not fit: altered, moved, or another secret under the same key id. */
export function openBody(
  stored: Uint8Array,
  { key, nonce, associated }: SealContext,
): Uint8Array | undefined {
  const end = stored.length - tagBytes;
  if (end < 0) return undefined;
  const opening = createDecipheriv(cipher, key, nonce, { authTagLength: tagBytes })
    .setAAD(associated)
    .setAuthTag(stored.subarray(end));
  const body = opening.update(stored.subarray(0, end));
  try {
    opening.final();
  } catch {
    return undefined;
  }
  return body;
}
