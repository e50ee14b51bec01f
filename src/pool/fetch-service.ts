import type { StoreRequest } from '../../metrics/store-requests.ts';
import { MeteringStore } from '../store/metering-store.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { openStore } from '../store/open-store.ts';
import { DirectFetcher } from './direct-fetcher.ts';
import type { FetchJob, FetchReply, FetchWorkerData } from './fetch-job.ts';
import { LoopLag } from './loop-lag.ts';
import { toPlainError } from './plain-error.ts';

/**
 * What a worker thread does: fetches over connections of its own, opened with the first job. Failures are
 * part of the reply, so that anything thrown across the threads' border means that the thread itself is gone.
 */
export class FetchService {
  readonly #data: FetchWorkerData;
  readonly #running = new Map<number, AbortController>();
  readonly #lag = new LoopLag();
  #store: Promise<ObjectStore> | undefined;

  constructor(data: FetchWorkerData) {
    this.#data = data;
  }

  async fetch({ id, task }: FetchJob): Promise<FetchReply> {
    const requests: StoreRequest[] = [];
    const abort = new AbortController();
    this.#running.set(id, abort);
    try {
      const metered = new MeteringStore(await this.#open(), {
        store: { observe: (request) => requests.push(request) },
      });
      const outcome = await new DirectFetcher({ ...this.#data, store: metered }).fetch(task, abort.signal);
      return { requests, lateMs: this.#lag.take(), outcome };
    } catch (error) {
      return { requests, lateMs: this.#lag.take(), error: toPlainError(error) };
    } finally {
      this.#running.delete(id);
    }
  }

  /** Gives up a job; its reply says `closed`. One that has ended already is left alone. */
  abort(id: number): void {
    this.#running.get(id)?.abort();
  }

  async #open(): Promise<ObjectStore> {
    this.#store ??= openStore(this.#data.store);
    try {
      return await this.#store;
    } catch (error) {
      this.#store = undefined;
      throw error;
    }
  }
}
