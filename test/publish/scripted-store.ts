import { BucketcastError, closedError } from '../../src/base/errors.ts';
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
} from '../../src/store/object-store.ts';

export interface Call {
  readonly operation: 'get' | 'head' | 'put' | 'list' | 'delete';
  readonly key: string;
  /** Of this store, from 1. */
  readonly number: number;
}

/**
 * What happens to one call: `pass`; `lose` (not carried out, no answer); `lose-reply` (carried out, no answer);
 * `refuse` (a definite 403); `hang` (no answer until the signal aborts); or a promise that must resolve first.
 */
export type Fate = 'pass' | 'lose' | 'lose-reply' | 'refuse' | 'hang' | Promise<void>;

/** One process's way to a store, each call of which meets the fate that the script gives it. Notes all calls. */
export class ScriptedStore implements ObjectStore {
  readonly description = 'scripted';
  readonly calls: Call[] = [];
  script: (call: Call) => Fate = () => 'pass';
  readonly #inner: ObjectStore;

  constructor(inner: ObjectStore) {
    this.#inner = inner;
  }

  /** Keys of the calls of one kind, in order. */
  keysOf(operation: Call['operation']): string[] {
    return this.calls.filter((call) => call.operation === operation).map(({ key }) => key);
  }

  get(key: string, options: GetOptions = {}): Promise<GetAnswer> {
    return this.#run('get', key, options, () => this.#inner.get(key, options));
  }

  head(key: string, options: CallOptions = {}): Promise<HeadAnswer> {
    return this.#run('head', key, options, () => this.#inner.head(key, options));
  }

  put(key: string, body: Uint8Array, options: PutOptions = {}): Promise<PutAnswer> {
    return this.#run('put', key, options, () => this.#inner.put(key, body, options));
  }

  list(prefix: string, options: ListOptions = {}): Promise<ListPage> {
    return this.#run('list', prefix, options, () => this.#inner.list(prefix, options));
  }

  delete(key: string, options: CallOptions = {}): Promise<DeleteAnswer> {
    return this.#run('delete', key, options, () => this.#inner.delete(key, options));
  }

  deleteMany(keys: readonly string[], options: CallOptions = {}): Promise<DeleteManyAnswer> {
    return this.#run('delete', keys.join(' '), options, () => this.#inner.deleteMany(keys, options));
  }

  async close(): Promise<void> {}

  async #run<T>(
    operation: Call['operation'],
    key: string,
    { signal }: CallOptions,
    carryOut: () => Promise<T>,
  ): Promise<T> {
    const call = { operation, key, number: this.calls.length + 1 };
    this.calls.push(call);
    const fate = this.script(call);
    if (fate === 'hang') return await aborted(signal, operation);
    if (fate === 'refuse') throw new BucketcastError('store-refused', `${operation} ${key}: 403`);
    if (fate === 'lose') throw noAnswer(operation, key);
    if (fate instanceof Promise) await fate;
    const answer = await carryOut();
    if (fate === 'lose-reply') throw noAnswer(operation, key);
    return answer;
  }
}

function noAnswer(operation: string, key: string): BucketcastError {
  return new BucketcastError('store-unavailable', `${operation} ${key}: no answer`);
}

function aborted(signal: AbortSignal | undefined, operation: string): Promise<never> {
  return new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(closedError(operation, signal)), { once: true });
  });
}
