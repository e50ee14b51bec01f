import { Counter, Histogram, type Registry } from 'prom-client';

export type StoreOperation = 'get' | 'head' | 'put' | 'list' | 'delete' | 'delete_many';

/** What the store answered, or how it did not. */
export type RequestResult =
  | 'ok'
  | 'missing'
  | 'unchanged'
  | 'conflict'
  /** A definite no. */
  | 'refused'
  /** 503 or 429: too many requests. */
  | 'throttled'
  /** No answer, or any other "later". */
  | 'unavailable'
  /** Given up by the caller. */
  | 'aborted'
  | 'error';

export interface StoreRequest {
  readonly operation: StoreOperation;
  readonly result: RequestResult;
  readonly seconds: number;
  readonly sentBytes?: number;
  readonly receivedBytes?: number;
}

/** What counts requests; in a worker thread something that hands them to the main thread. */
export type RequestMeter = Pick<StoreRequests, 'observe'>;

/** Every request to the store, each try of it counted by itself. */
export class StoreRequests {
  readonly #requests: Counter<'operation' | 'result'>;
  readonly #duration: Histogram<'operation'>;
  readonly #bytes: Counter<'direction'>;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#requests = new Counter({
      name: 'bucketcast_store_requests_total',
      help: 'Requests to the store by operation and result; a retry is a request of its own.',
      labelNames: ['operation', 'result'],
      registers,
    });
    this.#duration = new Histogram({
      name: 'bucketcast_store_request_duration_seconds',
      help: 'Time from sending a request to its whole answer, without waiting to be admitted.',
      labelNames: ['operation'],
      buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers,
    });
    this.#bytes = new Counter({
      name: 'bucketcast_store_bytes_total',
      help: 'Bodies sent to and received from the store.',
      labelNames: ['direction'],
      registers,
    });
    for (const direction of ['sent', 'received']) this.#bytes.inc({ direction }, 0);
  }

  observe({ operation, result, seconds, sentBytes = 0, receivedBytes = 0 }: StoreRequest): void {
    this.#requests.inc({ operation, result });
    this.#duration.observe({ operation }, seconds);
    if (sentBytes > 0) this.#bytes.inc({ direction: 'sent' }, sentBytes);
    if (receivedBytes > 0) this.#bytes.inc({ direction: 'received' }, receivedBytes);
  }
}
