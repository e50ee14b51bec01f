import type { StoreRequest } from '../../metrics/store-requests.ts';
import { MeteringStore } from '../store/metering-store.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { openStore } from '../store/open-store.ts';
import { DirectFetcher } from './direct-fetcher.ts';
import { DirectRunner } from './direct-runner.ts';
import type { Job, JobKind, JobReply, PoolWorkerData } from './job.ts';
import { LoopLag } from './loop-lag.ts';
import { toPlainError } from './plain-error.ts';

/**
 * What a worker thread does: jobs over connections of its own, opened with the first one. Failures are
 * part of the reply, so that anything thrown across the threads' border means that the thread itself is gone.
 */
export class JobService {
  readonly #data: PoolWorkerData;
  readonly #running = new Map<number, AbortController>();
  readonly #lag = new LoopLag();
  #store: Promise<ObjectStore> | undefined;

  constructor(data: PoolWorkerData) {
    this.#data = data;
  }

  async run<K extends JobKind>({ id, kind, task }: Job<K>): Promise<JobReply<K>> {
    const requests: StoreRequest[] = [];
    const abort = new AbortController();
    this.#running.set(id, abort);
    try {
      const store = new MeteringStore(await this.#open(), {
        store: { observe: (request) => requests.push(request) },
      });
      const runner = new DirectRunner({ segments: new DirectFetcher({ ...this.#data, store }) });
      const answer = await runner.run(kind, task, abort.signal);
      return { requests, lateMs: this.#lag.take(), answer };
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
