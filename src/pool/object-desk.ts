import type { MessagePort } from 'node:worker_threads';
import type { StoreRequest } from '../../metrics/store-requests.ts';
import type { Clock } from '../base/clock.ts';
import type { ObjectReader } from '../log/object-reader.ts';
import type { LoopLag } from './loop-lag.ts';
import { type ObjectOrder, type ObjectOrders, type ObjectResult, packObjects } from './object-parcel.ts';
import { toPlainError } from './plain-error.ts';

export interface ObjectDeskParts {
  /** What reads, and tells of every request that it makes. */
  readonly reader: (observe: (request: StoreRequest) => void) => Promise<Reader>;
  readonly lag: Pick<LoopLag, 'take'>;
  readonly clock: Pick<Clock, 'after'>;
}

type Reader = Pick<ObjectReader, 'fetch'>;

/** How long an answer waits for others while more are on their way, and how many it waits for. */
const gatherMs = 2;
const mostGathered = 64;

/**
 * The worker thread's end of an `ObjectLine`: reads what is asked for, all of it at once, and sends back together what has
 * arrived at about the same time. Failures are answers, so that anything else means that the thread is gone.
 */
export class ObjectDesk {
  readonly #port: MessagePort;
  readonly #parts: ObjectDeskParts;
  readonly #running = new Map<number, AbortController>();
  #reader: Promise<Reader> | undefined;
  #results: ObjectResult[] = [];
  #requests: StoreRequest[] = [];
  #cancel: (() => void) | undefined;

  constructor(port: MessagePort, parts: ObjectDeskParts) {
    this.#port = port;
    this.#parts = parts;
  }

  open(): void {
    this.#port.on('message', ({ orders, aborted }: ObjectOrders) => {
      for (const order of orders) void this.#read(order);
      for (const id of aborted) this.#running.get(id)?.abort();
    });
  }

  async #read(order: ObjectOrder): Promise<void> {
    const result = await this.#result(order);
    this.#results.push(result);
    this.#running.delete(order.id);
    if (this.#running.size === 0 || this.#results.length >= mostGathered) this.#send();
    else this.#cancel ??= this.#parts.clock.after(gatherMs, () => this.#send());
  }

  async #result({ id, task }: ObjectOrder): Promise<ObjectResult> {
    const { signal } = this.#begun(id);
    try {
      this.#reader ??= this.#open();
      const reader = await this.#reader;
      return { id, outcome: await reader.fetch(task, { signal }) };
    } catch (error) {
      return { id, error: toPlainError(error) };
    }
  }

  #begun(id: number): AbortController {
    const abort = new AbortController();
    this.#running.set(id, abort);
    return abort;
  }

  async #open(): Promise<Reader> {
    try {
      return await this.#parts.reader((request) => this.#requests.push(request));
    } catch (error) {
      this.#reader = undefined;
      throw error;
    }
  }

  #send(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    const facts = { requests: this.#requests, lateMs: this.#parts.lag.take() };
    const { parcel, buffers } = packObjects(this.#results, facts);
    this.#results = [];
    this.#requests = [];
    this.#port.postMessage(parcel, [...buffers]);
  }
}
