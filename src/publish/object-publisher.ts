import type { Clock } from '../base/clock.ts';
import { errorMessage } from '../base/error-message.ts';
import { BucketcastError, closedError, isBucketcastError } from '../base/errors.ts';
import { settledWithin } from '../base/settled-within.ts';
import type { NewUpdate } from '../base/update.ts';
import type { Settings } from '../config/settings.ts';
import { Admission } from './admission.ts';
import { memoryCost } from './memory-cost.ts';
import { ObjectWriter, type ObjectWriterComponents, type ObjectWriterSettings } from './object-writer.ts';
import type { Published, PublishOptions } from './published.ts';
import type { Publisher, PutUpdateOptions } from './publisher.ts';
import type { PublishTrouble } from './trouble-log.ts';
import type { EncodedUpdate, UpdateEncoder } from './update-encoder.ts';

export interface ObjectPublisherSettings extends ObjectWriterSettings {
  readonly maxPendingBytes: Settings['publish']['maxPendingBytes'];
}

export interface ObjectPublisherComponents extends ObjectWriterComponents {
  readonly publisher: Pick<Publisher, 'put' | 'flush' | 'stop'>;
  /** The publisher's own. */
  readonly encoder: Pick<UpdateEncoder, 'encode'>;
  readonly clock: Clock;
}

export interface ObjectPublisherSnapshot {
  /** Updates not yet answered for, in the log or as an object. */
  readonly pendingUpdates: number;
  /** Memory for what is taken and not yet answered for, bytes. */
  readonly pendingBytes: number;
  /** How long the oldest call that is not answered for has waited; absent while there is none. */
  readonly oldestPendingAgoMs?: number;
  /** Objects written since the start. */
  readonly written: number;
  /** What keeps objects from being written; absent while nothing does. */
  readonly trouble?: PublishTrouble;
}

interface OpenCall {
  /** Monotonic ms. */
  readonly since: number;
  readonly done: Promise<void>;
  readonly fail: (error: unknown) => void;
}

/**
 * Around a publisher: answers for an update once it is durable in the log *and* as an object. The log comes first, so
 * that a body never names a copy that was refused. Rejections of the log are handed on: nothing was written then. When
 * only the object is refused, the error is `store-unavailable` and says that the update is published.
 */
export class ObjectPublisher {
  readonly #components: ObjectPublisherComponents;
  readonly #admission: Admission;
  readonly #writer: ObjectWriter;
  readonly #ended = new AbortController();
  /** The oldest first. */
  readonly #open = new Set<OpenCall>();
  #isStopping = false;

  constructor(settings: ObjectPublisherSettings, components: ObjectPublisherComponents) {
    this.#components = components;
    this.#admission = new Admission(settings.maxPendingBytes);
    this.#writer = new ObjectWriter(settings, components, this.#ended.signal);
  }

  /** Throws as `Publisher.publish` does. Waits while `maxPendingBytes` are on their way. */
  async publish(update: NewUpdate, options: PublishOptions = {}): Promise<Published> {
    if (this.#isStopping) throw closedError('the publisher');
    if (options.signal?.aborted) throw closedError('publishing', options.signal);
    return this.put(this.#components.encoder.encode(update, options.id), options);
  }

  /** The same for an update that is encoded already. When the signal aborts, what was begun is still carried out. */
  put(update: EncodedUpdate, options: PutUpdateOptions = {}): Promise<Published> {
    if (this.#isStopping) return Promise.reject(closedError('the publisher'));
    const { promise, resolve, reject } = Promise.withResolvers<Published>();
    const done = Promise.withResolvers<void>();
    const { signal } = options;
    const call = { since: this.#components.clock.monotonic(), done: done.promise, fail: reject };
    const cost = costOf(update.record);
    const settle = () => {
      this.#open.delete(call);
      signal?.removeEventListener('abort', giveUp);
      done.resolve();
    };
    let isEntered = false;
    const takeBack = this.#admission.ask(cost, () => {
      isEntered = true;
      this.#both(update, options)
        .then(resolve, reject)
        .finally(() => {
          this.#admission.leave(cost);
          settle();
        });
    });
    const giveUp = () => {
      reject(closedError('publishing', signal));
      if (isEntered) return;
      takeBack();
      settle();
    };
    signal?.addEventListener('abort', giveUp, { once: true });
    this.#open.add(call);
    return promise;
  }

  /** Resolves once everything published before is answered for, and every poll of the log finds it. */
  async flush(): Promise<void> {
    await this.#answered();
    await this.#components.publisher.flush();
  }

  /** Stops the publisher as well: takes nothing new, drains, then aborts; what is not answered for rejects with `closed`. */
  async stop({ timeoutMs }: { readonly timeoutMs: number }): Promise<void> {
    const { clock, publisher } = this.#components;
    const until = clock.monotonic() + timeoutMs;
    this.#isStopping = true;
    await settledWithin(clock, timeoutMs, this.#answered());
    this.#ended.abort();
    for (const { fail } of this.#open) fail(closedError('the publisher'));
    await publisher.stop({ timeoutMs: Math.max(0, until - clock.monotonic()) });
  }

  snapshot(): ObjectPublisherSnapshot {
    const [oldest] = this.#open;
    const { trouble, written } = this.#writer;
    return {
      pendingUpdates: this.#open.size,
      pendingBytes: this.#admission.bytes,
      ...(oldest && {
        oldestPendingAgoMs: Math.round(this.#components.clock.monotonic() - oldest.since),
      }),
      written,
      ...(trouble && { trouble }),
    };
  }

  async #both(
    update: EncodedUpdate,
    { visible = false, refused, returned = () => {} }: PutUpdateOptions,
  ): Promise<Published> {
    const published = await this.#components.publisher.put(update, {
      visible,
      returned,
      ...(refused && { refused }),
    });
    try {
      await this.#writer.write(update.record, published.writer, refused);
    } catch (error) {
      returned();
      throw isBucketcastError(error, 'store-refused') ? halfPublished(error) : error;
    }
    return published;
  }

  async #answered(): Promise<void> {
    await Promise.all([...this.#open].map(({ done }) => done));
  }
}

/** The record, and the body made of it: the same text, or bytes in base64. */
function costOf(record: Uint8Array): number {
  return memoryCost(record) + Math.ceil((record.length * 4) / 3);
}

function halfPublished(error: BucketcastError): BucketcastError {
  return new BucketcastError(
    'store-unavailable',
    `the update is published in the log, but its object was refused: ${errorMessage(error)}`,
    {
      cause: error,
      details: error.details,
      hint: 'Allow this key s3:GetObject and s3:PutObject on the objects and s3:ListBucket on their prefix, or set objects.publish to false.',
    },
  );
}
