import type { Readable } from 'node:stream';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { Clock } from '../base/clock.ts';
import { closedError } from '../base/errors.ts';
import type { BucketAdmin } from './bucket-admin.ts';
import { emptyRange } from './empty-range.ts';
import { compareKeys } from './key-order.ts';
import { checkKey } from './object-key.ts';
import type {
  CallOptions,
  DeleteAnswer,
  DeleteManyAnswer,
  GetAnswer,
  GetOptions,
  HeadAnswer,
  ListOptions,
  ListPage,
  ObjectStore,
  PutAnswer,
  PutOptions,
} from './object-store.ts';
import { pageLimit } from './page-limit.ts';
import { readBody, sizeFromContentRange } from './s3-body.ts';
import { continuationOf } from './s3-continuation.ts';
import { deleteObjects } from './s3-delete-many.ts';
import { isConflict, isMissing, s3CodeOf, s3Error, statusOf } from './s3-errors.ts';
import { bareEtag, decodeListed } from './s3-keys.ts';
import { timeOf } from './s3-middleware.ts';

export interface S3StoreOptions {
  readonly description: string;
  readonly bucket: string;
  /** Empty, or ending in `/`. */
  readonly prefix: string;
  /** Tells the time where the store does not. */
  readonly clock: Pick<Clock, 'now'>;
}

/**
 * An S3 bucket, or the part of it below a prefix. One request a call, apart from what is said of each; nothing is
 * retried here. What the stores do differently is written where it is dealt with.
 */
export class S3Store implements ObjectStore, BucketAdmin {
  readonly description: string;
  readonly #client: Pick<S3Client, 'send'>;
  readonly #bucket: string;
  readonly #prefix: string;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #destroy: () => void;
  #lacksAbsent = false;

  constructor(client: Pick<S3Client, 'send'>, options: S3StoreOptions, destroy: () => void = () => {}) {
    this.#client = client;
    this.#destroy = destroy;
    this.description = options.description;
    this.#bucket = options.bucket;
    this.#prefix = options.prefix;
    this.#clock = options.clock;
  }

  /** A range that begins behind the end is answered with a second request, a HEAD. */
  get(key: string, options: GetOptions = {}): Promise<GetAnswer> {
    return this.#call('get', key, options, async (target, http) => {
      const { range, ifNoneMatch, maxBytes } = options;
      if (range !== undefined && range.end <= range.start) return emptyRange(this, key, options);
      try {
        const answer = await this.#client.send(
          new GetObjectCommand({
            ...target,
            ...(range && { Range: `bytes=${range.start}-${range.end - 1}` }),
            ...(ifNoneMatch !== undefined && { IfNoneMatch: `"${ifNoneMatch}"` }),
          }),
          http,
        );
        const body = await readBody(key, answer.Body as Readable, answer.ContentLength ?? 0, maxBytes);
        return {
          status: 'found',
          time: this.#time(answer),
          body,
          size: sizeFromContentRange(answer.ContentRange) ?? body.byteLength,
          etag: bareEtag(answer.ETag),
          lastModified: answer.LastModified?.getTime() ?? 0,
        };
      } catch (error) {
        if (statusOf(error) === 304) return { status: 'unchanged', time: this.#time(error) };
        if (statusOf(error) === 416) return emptyRange(this, key, options);
        if (isMissing(error)) return { status: 'missing', time: this.#time(error) };
        throw error;
      }
    });
  }

  /** A missing bucket cannot be told from a missing object: S3 answers a HEAD without a body. */
  head(key: string, options: CallOptions = {}): Promise<HeadAnswer> {
    return this.#call('head', key, options, async (target, http) => {
      try {
        const answer = await this.#client.send(new HeadObjectCommand(target), http);
        return {
          status: 'found',
          time: this.#time(answer),
          size: answer.ContentLength ?? 0,
          etag: bareEtag(answer.ETag),
          lastModified: answer.LastModified?.getTime() ?? 0,
        };
      } catch (error) {
        if (isMissing(error)) return { status: 'missing', time: this.#time(error) };
        throw error;
      }
    });
  }

  /**
   * A store without put-if-absent (Backblaze: 501) is treated as one that ignores it: the second request stores. What
   * needs the condition to hold probes for it.
   */
  put(key: string, body: Uint8Array, options: PutOptions = {}): Promise<PutAnswer> {
    const condition = options.condition === 'absent' && this.#lacksAbsent ? undefined : options.condition;
    return this.#call('put', key, options, async (target, http) => {
      try {
        const answer = await this.#client.send(
          new PutObjectCommand({
            ...target,
            Body: body,
            ContentLength: body.byteLength,
            ...(options.contentType !== undefined && { ContentType: options.contentType }),
            ...(condition === 'absent' && { IfNoneMatch: '*' }),
            // Without quotes: Ceph's gateway compares them too, and all others take both.
            ...(typeof condition === 'object' && { IfMatch: condition.etag }),
          }),
          http,
        );
        return { status: 'stored', time: this.#time(answer), etag: bareEtag(answer.ETag) };
      } catch (error) {
        if (condition === 'absent' && statusOf(error) === 501) {
          this.#lacksAbsent = true;
          return this.put(key, body, options);
        }
        const kind = condition === 'absent' ? 'absent' : 'etag';
        if (condition !== undefined && isConflict(error, kind))
          return { status: 'conflict', time: this.#time(error) };
        throw error;
      }
    });
  }

  list(prefix: string, options: ListOptions = {}): Promise<ListPage> {
    const { startAfter, delimiter, continuation } = options;
    return this.#call('list', undefined, options, async (_, http) => {
      const answer = await this.#client.send(
        new ListObjectsV2Command({
          Bucket: this.#bucket,
          Prefix: this.#prefix + prefix,
          MaxKeys: pageLimit(options.limit),
          EncodingType: 'url',
          ...(delimiter !== undefined && delimiter !== '' && { Delimiter: delimiter }),
          ...(continuation !== undefined && { ContinuationToken: continuation }),
          ...(startAfter !== undefined && startAfter !== '' && { StartAfter: this.#prefix + startAfter }),
        }),
        http,
      );
      const next = continuationOf(answer);
      // Some stores ignore start-after, or give the common prefix that it lies in.
      const isAfter = (key: string) => startAfter === undefined || compareKeys(key, startAfter) > 0;
      const key = (listed: string | undefined) => decodeListed(listed ?? '').slice(this.#prefix.length);
      return {
        time: this.#time(answer),
        objects: (answer.Contents ?? [])
          .map((object) => ({
            key: key(object.Key),
            size: object.Size ?? 0,
            etag: bareEtag(object.ETag),
            lastModified: object.LastModified?.getTime() ?? 0,
          }))
          .filter((object) => isAfter(object.key)),
        prefixes: (answer.CommonPrefixes ?? []).map((rolled) => key(rolled.Prefix)).filter(isAfter),
        ...(next !== undefined && { next }),
      };
    });
  }

  delete(key: string, options: CallOptions = {}): Promise<DeleteAnswer> {
    return this.#call('delete', key, options, async (target, http) => {
      try {
        return { time: this.#time(await this.#client.send(new DeleteObjectCommand(target), http)) };
      } catch (error) {
        if (isMissing(error)) return { time: this.#time(error) };
        throw error;
      }
    });
  }

  /** A request for each 1,000 keys, one for each key that XML cannot say, or one for each where the store lacks the operation. */
  deleteMany(keys: readonly string[], options: CallOptions = {}): Promise<DeleteManyAnswer> {
    return this.#call('deleteMany', undefined, options, async (_, http) => {
      for (const key of keys) checkKey(key, this.#prefix);
      const one = (key: string) => this.delete(key, options);
      const answer = await deleteObjects(
        this.#client,
        { bucket: this.#bucket, prefix: this.#prefix, keys, one },
        http,
      );
      return {
        failed: answer.failed,
        time: answer.last === undefined ? this.#clock.now() : this.#time(answer.last),
      };
    });
  }

  createBucket(options: CallOptions = {}): Promise<void> {
    return this.#call('createBucket', undefined, options, async (_, http) => {
      try {
        await this.#client.send(new CreateBucketCommand({ Bucket: this.#bucket }), http);
      } catch (error) {
        if (s3CodeOf(error) !== 'BucketAlreadyOwnedByYou') throw error;
      }
    });
  }

  versioning(options: CallOptions = {}): Promise<{ enabled: boolean; hasExpiry: boolean }> {
    return this.#call('versioning', undefined, options, async (_, http) => {
      const target = { Bucket: this.#bucket };
      const { Status } = await this.#client.send(new GetBucketVersioningCommand(target), http);
      if (Status !== 'Enabled') return { enabled: false, hasExpiry: false };
      try {
        const { Rules = [] } = await this.#client.send(
          new GetBucketLifecycleConfigurationCommand(target),
          http,
        );
        return {
          enabled: true,
          hasExpiry: Rules.some(
            (rule) => rule.Status === 'Enabled' && rule.NoncurrentVersionExpiration !== undefined,
          ),
        };
      } catch (error) {
        if (statusOf(error) === 404) return { enabled: true, hasExpiry: false };
        throw error;
      }
    });
  }

  async close(): Promise<void> {
    this.#destroy();
  }

  async #call<Answer>(
    operation: string,
    key: string | undefined,
    { signal }: CallOptions,
    run: (target: { Bucket: string; Key: string }, http: { abortSignal?: AbortSignal }) => Promise<Answer>,
  ): Promise<Answer> {
    if (signal?.aborted) throw closedError(operation, signal);
    if (key !== undefined) checkKey(key, this.#prefix);
    try {
      const target = { Bucket: this.#bucket, Key: this.#prefix + (key ?? '') };
      return await run(target, signal === undefined ? {} : { abortSignal: signal });
    } catch (error) {
      throw s3Error(error, { operation, bucket: this.#bucket, key, signal, now: this.#clock.now() });
    }
  }

  /** Of an answer, or of an error that came with one. */
  #time(answer: unknown): number {
    const { $metadata, $response } = answer as {
      $metadata?: object;
      $response?: { headers?: { date?: string } };
    };
    return timeOf(
      { $metadata: { ...$metadata, ...($response?.headers && { date: $response.headers.date }) } },
      () => this.#clock.now(),
    );
  }
}
