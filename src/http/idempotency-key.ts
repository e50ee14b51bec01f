import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { Refusal } from './refusal.ts';

/** The `Idempotency-Key` of a request; undefined without one. Throws a `Refusal` for one that is none. */
export function idempotencyKey({ raw }: FastifyRequest): string | undefined {
  const values = raw.headersDistinct['idempotency-key'];
  if (values === undefined) return undefined;
  const [key] = values;
  if (values.length === 1 && key !== undefined && /^[\x21-\x7e]{1,255}$/.test(key)) return key;
  throw new Refusal(400, 'bad-request', 'Idempotency-Key: expected 1 to 255 visible ASCII characters, once.');
}

/** Tells one request from another under the same key. */
export function fingerprintOf(type: string, query: string, body: Uint8Array): string {
  return createHash('sha256').update(`${type}\n${query}\n`).update(body).digest('base64url');
}

/**
 * The id of an update of such a request: the same whenever the request is repeated, so that one published twice, because
 * the process died between publishing and remembering, is the same update both times. 32 hex digits.
 */
export function derivedId(
  { hostId, key, fingerprint }: { hostId: string; key: string; fingerprint: string },
  index: number,
): string {
  const text = JSON.stringify([hostId, key, fingerprint, index]);
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}
