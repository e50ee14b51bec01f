import { hash } from 'node:crypto';
import type { ObjectInfo } from '../store/object-store.ts';

/** Half of SHA-256: among a billion versions the odds that any two share one are below 10^-20. */
export const versionDigestBytes = 16;

type ObjectVersion = Pick<ObjectInfo, 'key' | 'etag' | 'lastModified'>;

/** 16 bytes: what tells one version of an object from every other. */
export function versionDigest(object: ObjectVersion): Buffer {
  return versionDigests([object]);
}

/** The digests of many, one behind the other, in a buffer of their own. */
export function versionDigests(objects: readonly ObjectVersion[]): Buffer<ArrayBuffer> {
  const digests = Buffer.from(new ArrayBuffer(objects.length * versionDigestBytes));
  for (const [index, object] of objects.entries())
    digests.write(digestText(object), index * versionDigestBytes, versionDigestBytes, 'hex');
  return digests;
}

/**
 * Stays as it is for good: databases of nodes hold it. The zero bytes keep the parts apart, for no listing can name a
 * time or an ETag with one. Hexadecimal, because handing over a string costs a third of handing over a buffer.
 */
function digestText({ key, etag, lastModified }: ObjectVersion): string {
  return hash('sha256', `${lastModified}\0${etag}\0${key}`, 'hex');
}
