import { BucketcastError } from '../base/errors.ts';

/** S3's limit on a key, UTF-8 bytes, prefix included (AWS S3 User Guide, "Naming Amazon S3 objects"). */
const MAX_KEY_BYTES = 1024;

/**
 * What S3 refuses, every driver refuses in the same way, so that code tried on one driver works on the others.
 * `storePrefix` is what the driver puts before the key; it counts.
 *
 * @throws BucketcastError `store-refused`: empty, longer than 1,024 bytes, or not valid Unicode
 */
export function checkKey(key: string, storePrefix = ''): void {
  if (key === '') throw refused(key, 'InvalidURI', 'an object key must not be empty');
  if (!key.isWellFormed())
    throw refused(key, 'InvalidURI', 'an object key must not hold half a surrogate pair');
  const bytes = Buffer.byteLength(storePrefix) + Buffer.byteLength(key);
  if (bytes > MAX_KEY_BYTES) {
    throw refused(key, 'KeyTooLongError', `an object key of ${bytes} bytes is longer than ${MAX_KEY_BYTES}`);
  }
}

function refused(key: string, s3Code: string, message: string): BucketcastError {
  return new BucketcastError('store-refused', message, { details: { status: 400, s3Code, key } });
}
