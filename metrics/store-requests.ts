import { Histogram, type Registry } from 'prom-client';
import { dollars, noPrices, type RequestPrices, registerCost } from './cost.ts';
import { type StoreOperation, storeOperations } from './store-operations.ts';
import { type Total, totalsByTwo } from './totals.ts';
import type { Traffic } from './traffic.ts';

const requestResults = [
  'ok',
  'missing',
  'unchanged',
  'conflict',
  /** A definite no. */
  'refused',
  /** 503 or 429: too many requests. */
  'throttled',
  /** No answer, or any other "later". */
  'unavailable',
  /** Given up by the caller. */
  'aborted',
  'error',
] as const;
/** What the store answered, or how it did not. */
export type RequestResult = (typeof requestResults)[number];

/** What a store charges for: it does not for its own 5xx, nor for what never came to it. */
const charged = ['ok', 'missing', 'unchanged', 'conflict', 'refused'] as const satisfies RequestResult[];

export interface StoreRequest {
  readonly operation: StoreOperation;
  readonly result: RequestResult;
  readonly seconds: number;
  readonly sentBytes?: number;
  readonly receivedBytes?: number;
}

/** What counts requests; in a worker thread something that hands them to the main thread. */
export type RequestMeter = Pick<StoreRequests, 'observe'>;

/** Requests since the start, as plain values. */
export interface RequestTotals {
  /** Every try, whatever came of it. */
  readonly count: number;
  readonly byOperation: Readonly<Record<StoreOperation, number>>;
  readonly throttled: number;
  readonly unavailable: number;
  readonly refused: number;
  /** Bodies. */
  readonly sentBytes: number;
  readonly receivedBytes: number;
  /** By the price list `prices`; absent where that is `none`. */
  readonly dollars?: number;
  readonly prices: string;
}

/** Every request to the store, each try of it counted by itself. */
export class StoreRequests {
  readonly #requests: Readonly<Record<StoreOperation, Readonly<Record<RequestResult, Total>>>>;
  readonly #duration: Histogram<'operation'>;
  readonly #traffic: Traffic;
  readonly #prices: RequestPrices;

  constructor(registry: Registry, traffic: Traffic, prices: RequestPrices) {
    this.#traffic = traffic;
    this.#prices = prices;
    this.#requests = totalsByTwo(registry, {
      name: 'store_requests',
      help: 'Requests to the store by operation and result; a retry is a request of its own.',
      labels: ['operation', 'result'],
      values: [storeOperations, requestResults],
    });
    this.#duration = new Histogram({
      name: 'bucketcast_store_request_duration_seconds',
      help: 'Time from sending a request to its whole answer, without waiting to be admitted.',
      labelNames: ['operation'],
      buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers: [registry],
    });
    for (const operation of storeOperations) this.#duration.zero({ operation });
    registerCost(registry, prices, () => this.#charges());
  }

  observe({ operation, result, seconds, sentBytes = 0, receivedBytes = 0 }: StoreRequest): void {
    this.#requests[operation][result].add();
    this.#duration.observe({ operation }, seconds);
    this.#traffic.wire(sentBytes, receivedBytes);
  }

  totals(): RequestTotals {
    const sum = (result: RequestResult) =>
      storeOperations.reduce((total, operation) => total + this.#requests[operation][result].value, 0);
    const { sentBytes, receivedBytes } = this.#traffic;
    const byOperation = this.#count(requestResults);
    const { name: prices } = this.#prices;
    return {
      count: added(byOperation),
      byOperation,
      throttled: sum('throttled'),
      unavailable: sum('unavailable'),
      refused: sum('refused'),
      sentBytes,
      receivedBytes,
      prices,
      ...(prices !== noPrices.name && { dollars: added(this.#charges()) }),
    };
  }

  #charges() {
    return dollars(this.#prices, this.#count(charged), this.#traffic.receivedBytes);
  }

  #count(results: readonly RequestResult[]): Record<StoreOperation, number> {
    const counts = storeOperations.map((operation) => [
      operation,
      results.reduce((total, result) => total + this.#requests[operation][result].value, 0),
    ]);
    return Object.fromEntries(counts) as Record<StoreOperation, number>;
  }
}

function added(parts: Readonly<Record<string, number>>): number {
  return Object.values(parts).reduce((total, part) => total + part, 0);
}
