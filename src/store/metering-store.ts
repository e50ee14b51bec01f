import type { StoreOperation } from '../../metrics/store-operations.ts';
import type { RequestMeter, RequestResult, StoreRequest } from '../../metrics/store-requests.ts';
import { type Clock, systemClock } from '../base/clock.ts';
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
import { failedResult } from './request-result.ts';
import type { StoreHealth } from './store-health.ts';

type Bytes = Pick<StoreRequest, 'sentBytes' | 'receivedBytes'>;

/**
 * Counts and times every request. It sits right above the driver, below Limiting and Retrying, so that each try
 * counts by itself and no time spent waiting is taken for the store's.
 */
export class MeteringStore implements ObjectStore {
  readonly #inner: ObjectStore;
  readonly #requests: RequestMeter;
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #health: Pick<StoreHealth, 'watch'> | undefined;

  constructor(
    inner: ObjectStore,
    metrics: { readonly store: RequestMeter },
    clock: Pick<Clock, 'monotonic'> = systemClock,
    health?: Pick<StoreHealth, 'watch'>,
  ) {
    this.#inner = inner;
    this.#requests = metrics.store;
    this.#clock = clock;
    this.#health = health;
  }

  get description(): string {
    return this.#inner.description;
  }

  get(key: string, options?: GetOptions): Promise<GetAnswer> {
    return this.#measure('get', () => this.#inner.get(key, options), getBytes);
  }

  head(key: string, options?: CallOptions): Promise<HeadAnswer> {
    return this.#measure('head', () => this.#inner.head(key, options));
  }

  put(key: string, body: Uint8Array, options?: PutOptions): Promise<PutAnswer> {
    const sentBytes = body.byteLength;
    return this.#measure(
      'put',
      () => this.#inner.put(key, body, options),
      () => ({ sentBytes }),
    );
  }

  list(prefix: string, options?: ListOptions): Promise<ListPage> {
    return this.#measure('list', () => this.#inner.list(prefix, options));
  }

  delete(key: string, options?: CallOptions): Promise<DeleteAnswer> {
    return this.#measure('delete', () => this.#inner.delete(key, options));
  }

  deleteMany(keys: readonly string[], options?: CallOptions): Promise<DeleteManyAnswer> {
    return this.#measure('delete_many', () => this.#inner.deleteMany(keys, options));
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  async #measure<Answer extends object>(
    operation: StoreOperation,
    run: () => Promise<Answer>,
    bytesOf: (answer: Answer) => Bytes = () => ({}),
  ): Promise<Answer> {
    const startedAt = this.#clock.monotonic();
    const seconds = () => (this.#clock.monotonic() - startedAt) / 1000;
    try {
      const answer = await (this.#health?.watch(run()) ?? run());
      this.#requests.observe({ operation, result: resultOf(answer), seconds: seconds(), ...bytesOf(answer) });
      return answer;
    } catch (error) {
      this.#requests.observe({ operation, result: failedResult(error), seconds: seconds() });
      throw error;
    }
  }
}

function getBytes(answer: GetAnswer): Bytes {
  return answer.status === 'found' ? { receivedBytes: answer.body.byteLength } : {};
}

function resultOf(answer: { readonly status?: string }): RequestResult {
  const { status } = answer;
  return status === 'missing' || status === 'unchanged' || status === 'conflict' ? status : 'ok';
}
