import type { Limiter } from './limiter.ts';
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

/**
 * Lets requests through as the host's limiter admits them. Above is Retrying, whose tries are admitted one by
 * one; below are Metering and the driver, so that waiting here is no part of the measured time.
 *
 * Everything on this path goes before segment reads, which the fetchers admit themselves; PUTs with
 * a body go after requests without one.
 */
export class LimitingStore implements ObjectStore {
  readonly #inner: ObjectStore;
  readonly #limiter: Limiter;

  constructor(inner: ObjectStore, limiter: Limiter) {
    this.#inner = inner;
    this.#limiter = limiter;
  }

  get description(): string {
    return this.#inner.description;
  }

  get(key: string, options?: GetOptions): Promise<GetAnswer> {
    const run = async () => {
      const answer = await this.#inner.get(key, options);
      if (answer.status === 'found') this.#limiter.received(answer.body.byteLength);
      return answer;
    };
    return this.#limiter.admit({}, run, options?.signal);
  }

  head(key: string, options?: CallOptions): Promise<HeadAnswer> {
    return this.#limiter.admit({}, () => this.#inner.head(key, options), options?.signal);
  }

  put(key: string, body: Uint8Array, options?: PutOptions): Promise<PutAnswer> {
    const upload = body.byteLength;
    const priority = upload > 0 ? 'write' : 'control';
    return this.#limiter.admit(
      { upload, priority },
      () => this.#inner.put(key, body, options),
      options?.signal,
    );
  }

  list(prefix: string, options?: ListOptions): Promise<ListPage> {
    return this.#limiter.admit({}, () => this.#inner.list(prefix, options), options?.signal);
  }

  delete(key: string, options?: CallOptions): Promise<DeleteAnswer> {
    return this.#limiter.admit({}, () => this.#inner.delete(key, options), options?.signal);
  }

  deleteMany(keys: readonly string[], options?: CallOptions): Promise<DeleteManyAnswer> {
    return this.#limiter.admit({}, () => this.#inner.deleteMany(keys, options), options?.signal);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}
