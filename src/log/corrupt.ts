import { BucketcastError } from '../base/errors.ts';

/**
 * The error for bytes that no writer of this format produces. `reason` is short and stable enough to group by;
 * it is also in `details`.
 */
export function corruptError(what: string, reason: string, cause?: unknown): BucketcastError {
  return new BucketcastError('corrupt', `${what}: ${reason}`, { cause, details: { key: what, reason } });
}

export function newerFormatError(what: string, version: number, reason: string): BucketcastError {
  return new BucketcastError('newer-format', `${what}: ${reason}`, {
    hint: 'Upgrade Bucketcast on this node; it goes on from here by itself.',
    details: { key: what, version },
  });
}

export function unknownKeyError(what: string, keyId: string): BucketcastError {
  return new BucketcastError(
    'unknown-key',
    `${what}: sealed with key "${keyId}", which this node does not have`,
    {
      hint: `Add the key "${keyId}" to encryption.keys of this node.`,
      details: { key: what, keyId },
    },
  );
}
