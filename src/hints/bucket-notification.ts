/** Keys that have been written to one bucket, as they are there. */
export interface WrittenKeys {
  readonly bucket: string;
  readonly keys: readonly string[];
}

/** Of a key, bytes of UTF-8: S3's own limit. */
const longestKey = 1024;
/** AWS, MinIO and Ceph put one into a message, and say that there may be more. */
const mostRecords = 1000;

/**
 * What a store's event notification says has been written, by bucket; nothing of deletes, tests and other events, which are good
 * notifications too. Undefined for whatever is none.
 *
 * The shape is AWS's (docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html), which MinIO and Ceph
 * post as well: `{Records: [{eventSource, eventName, s3: {bucket: {name}, object: {key}}}]}`. AWS and MinIO write keys as forms
 * do, with `+` for a space; Ceph as they are.
 */
export function bucketNotification(value: unknown): readonly WrittenKeys[] | undefined {
  const { Records: records, Event: test } = membersOf(value);
  if (records === undefined) return test === 's3:TestEvent' ? [] : undefined;
  if (!Array.isArray(records) || records.length === 0 || records.length > mostRecords) return undefined;
  const byBucket = new Map<string, string[]>();
  for (const record of records) {
    const event = eventOf(record);
    if (event === undefined) return undefined;
    if (!event.isWrite) continue;
    const keys = byBucket.get(event.bucket) ?? [];
    keys.push(event.key);
    byBucket.set(event.bucket, keys);
  }
  return Array.from(byBucket, ([bucket, keys]) => ({ bucket, keys }));
}

interface BucketEvent {
  readonly isWrite: boolean;
  readonly bucket: string;
  readonly key: string;
}

function eventOf(record: unknown): BucketEvent | undefined {
  const { eventSource, eventName, s3 } = membersOf(record);
  const { bucket, object } = membersOf(s3);
  const { name } = membersOf(bucket);
  const { key } = membersOf(object);
  if (typeof eventSource !== 'string' || !/^\w+:s3$/.test(eventSource)) return undefined;
  if (typeof eventName !== 'string' || typeof name !== 'string' || typeof key !== 'string') return undefined;
  const plain = eventSource === 'ceph:s3' ? key : formDecoded(key);
  if (plain === undefined || plain === '' || Buffer.byteLength(plain) > longestKey) return undefined;
  // AWS and newer Cephs leave the `s3:` away, others write it.
  return { isWrite: /^(?:s3:)?ObjectCreated:/.test(eventName), bucket: name, key: plain };
}

function formDecoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}

/** Of anything that is no object, none. */
function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
