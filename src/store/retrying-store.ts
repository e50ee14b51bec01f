import type { Clock } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import type { Settings } from '../config/settings.ts';
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
import { retrying } from './retrying.ts';

export interface RetryingStoreOptions {
  readonly settings: Settings['retry'];
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * Tries failed requests again. It is the outermost decorator: Limiting, Metering and the driver are below,
 * so that every try is admitted and counted by itself.
 *
 * A conditional PUT that is tried again after an unknown outcome can meet its own success and answer
 * `conflict`. That is handed on as it is: whoever writes under a condition reads the object back and compares.
 * A retried write of the same bytes and a retried delete are harmless.
 */
export class RetryingStore implements ObjectStore {
  readonly #inner: ObjectStore;
  readonly #options: RetryingStoreOptions;

  constructor(inner: ObjectStore, options: RetryingStoreOptions) {
    this.#inner = inner;
    this.#options = options;
  }

  get description(): string {
    return this.#inner.description;
  }

  get(key: string, options?: GetOptions): Promise<GetAnswer> {
    return this.#read(() => this.#inner.get(key, options), options);
  }

  head(key: string, options?: CallOptions): Promise<HeadAnswer> {
    return this.#read(() => this.#inner.head(key, options), options);
  }

  list(prefix: string, options?: ListOptions): Promise<ListPage> {
    return this.#read(() => this.#inner.list(prefix, options), options);
  }

  put(key: string, body: Uint8Array, options?: PutOptions): Promise<PutAnswer> {
    return this.#write(() => this.#inner.put(key, body, options), options);
  }

  delete(key: string, options?: CallOptions): Promise<DeleteAnswer> {
    return this.#write(() => this.#inner.delete(key, options), options);
  }

  deleteMany(keys: readonly string[], options?: CallOptions): Promise<DeleteManyAnswer> {
    return this.#write(() => this.#inner.deleteMany(keys, options), options);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  #read<T>(run: () => Promise<T>, call: CallOptions | undefined): Promise<T> {
    return retrying(run, { ...this.#options, signal: call?.signal });
  }

  #write<T>(run: () => Promise<T>, call: CallOptions | undefined): Promise<T> {
    return retrying(run, { ...this.#options, signal: call?.signal, write: true });
  }
}
