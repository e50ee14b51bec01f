import { DeleteObjectsCommand, type DeleteObjectsCommandOutput, type S3Client } from '@aws-sdk/client-s3';
import { isBucketcastError } from '../base/errors.ts';
import { inParallel } from './in-parallel.ts';
import type { DeleteManyAnswer } from './object-store.ts';
import { s3CodeOf, statusOf } from './s3-errors.ts';
import { fitsXml } from './s3-keys.ts';

/** Most keys of one DeleteObjects (docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html). */
const BATCH = 1000;
/** Single deletes under way at once, where they have to do. */
const SINGLES = 8;

export interface Deletion {
  readonly bucket: string;
  readonly prefix: string;
  readonly keys: readonly string[];
  /** Deletes one. */
  readonly one: (key: string) => Promise<unknown>;
}

type Failed = DeleteManyAnswer['failed'];

/**
 * Batch after batch; `last` is the last answer. A batch that fails as a whole throws: deleting again does no harm. So
 * does one of which nothing may be deleted, for that is a matter of rights, not of keys.
 */
export async function deleteObjects(
  client: Pick<S3Client, 'send'>,
  deletion: Deletion,
  http: { readonly abortSignal?: AbortSignal },
): Promise<{ failed: Failed; last?: DeleteObjectsCommandOutput }> {
  const { bucket, prefix, keys } = deletion;
  const batched = keys.filter(fitsXml);
  const failed = [
    ...(await oneByOne(
      keys.filter((key) => !fitsXml(key)),
      deletion,
    )),
  ];
  let last: DeleteObjectsCommandOutput | undefined;
  for (let at = 0; at < batched.length; at += BATCH) {
    const batch = batched.slice(at, at + BATCH);
    try {
      const Objects = batch.map((key) => ({ Key: prefix + key }));
      last = await client.send(
        new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }),
        http,
      );
    } catch (error) {
      if (isLacking(error)) {
        failed.push(...(await oneByOne(batched.slice(at), deletion)));
        break;
      }
      if (statusOf(error) !== 403) throw error;
      failed.push(...(await oneByOneIfAllowed(batch, deletion)));
      continue;
    }
    const errors = last.Errors ?? [];
    if (errors.length === batch.length && errors.every(({ Code }) => Code === 'AccessDenied')) throw denied();
    for (const { Key = '', Code = 'unknown', Message } of errors) {
      if (Code === 'NoSuchKey') continue;
      failed.push({ key: Key.slice(prefix.length), reason: Message ? `${Code}: ${Message}` : Code });
    }
  }
  return { failed, ...(last !== undefined && { last }) };
}

/**
 * Ceph's gateway asks a policy first about the whole bucket, and refuses the batch where only some prefixes are allowed.
 * The first key tells whether that is so.
 */
async function oneByOneIfAllowed(keys: readonly string[], deletion: Deletion): Promise<Failed> {
  const [first, ...more] = keys;
  if (first === undefined) return [];
  await deletion.one(first);
  return oneByOne(more, deletion);
}

/** What the store would have answered to the batch as a whole. */
function denied(): Error {
  return Object.assign(new Error('AccessDenied'), {
    name: 'AccessDenied',
    $metadata: { httpStatusCode: 403 },
  });
}

async function oneByOne(keys: readonly string[], { one }: Deletion): Promise<Failed> {
  const answers = await inParallel(SINGLES, keys, async (key) => {
    try {
      await one(key);
      return undefined;
    } catch (error) {
      if (!isBucketcastError(error, 'store-refused')) throw error;
      return { key, reason: error.message };
    }
  });
  return answers.filter((answer) => answer !== undefined);
}

/** Whether the store does not have the operation at all. */
function isLacking(error: unknown): boolean {
  const status = statusOf(error);
  return status === 501 || status === 405 || s3CodeOf(error) === 'NotImplemented';
}
