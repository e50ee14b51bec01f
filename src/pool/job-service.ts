import type { MessagePort } from 'node:worker_threads';
import type { RequestMeter, StoreRequest } from '../../metrics/store-requests.ts';
import { systemClock } from '../base/clock.ts';
import type { Settings } from '../config/settings.ts';
import type { FleetKeys } from '../log/fleet-keys.ts';
import { LiveKeys } from '../log/live-keys.ts';
import { MeteringStore } from '../store/metering-store.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { openStore } from '../store/open-store.ts';
import { DirectFetcher } from './direct-fetcher.ts';
import { DirectObjectReader } from './direct-object-reader.ts';
import { DirectRunner } from './direct-runner.ts';
import type { Job, JobKind, JobReply, PoolWorkerData } from './job.ts';
import { LoopLag } from './loop-lag.ts';
import { ObjectDesk } from './object-desk.ts';
import { toPlainError } from './plain-error.ts';

/**
 * What a worker thread does: jobs over connections of its own, made with the first one. Failures are
 * part of the reply, so that anything thrown across the threads' border means that the thread itself is gone.
 */
export class JobService {
  readonly #data: PoolWorkerData;
  readonly #keys: LiveKeys;
  readonly #running = new Map<number, AbortController>();
  readonly #lag = new LoopLag();
  /** By URL: log and objects may lie in one store. */
  readonly #stores = new Map<string, Promise<ObjectStore>>();

  constructor(data: PoolWorkerData) {
    this.#keys = new LiveKeys(data.keys);
    this.#data = { ...data, keys: this.#keys };
    // Loads the client before the first job asks for it; what is wrong with the settings that one will hear.
    this.#open(data.store).catch(() => {});
  }

  async run<K extends JobKind>({ id, kind, task }: Job<K>): Promise<JobReply<K>> {
    const requests: StoreRequest[] = [];
    const abort = new AbortController();
    this.#running.set(id, abort);
    try {
      const runner = this.#runner((request) => requests.push(request));
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

  /** Counts for jobs that are under way, too. */
  rekey(keys: FleetKeys): void {
    this.#keys.replace(keys);
  }

  /** Answers for objects by way of `port`, many at once. */
  objects(port: MessagePort): void {
    const { objects } = this.#data;
    const desk = new ObjectDesk(port, {
      reader: async (observe) =>
        new DirectObjectReader({ ...objects, store: await this.#metered(objects.store, observe) }),
      lag: this.#lag,
      clock: systemClock,
    });
    desk.open();
  }

  #runner(observe: RequestMeter['observe']): DirectRunner {
    const { objects, ...data } = this.#data;
    const open = (settings: Settings['store']) => this.#metered(settings, observe);
    return new DirectRunner({
      segments: async () => new DirectFetcher({ ...data, store: await open(data.store) }),
      objects: async () => new DirectObjectReader({ ...objects, store: await open(objects.store) }),
    });
  }

  async #metered(settings: Settings['store'], observe: RequestMeter['observe']): Promise<MeteringStore> {
    return new MeteringStore(await this.#open(settings), { store: { observe } });
  }

  async #open(settings: Settings['store']): Promise<ObjectStore> {
    const store = this.#stores.get(settings.url) ?? openStore(settings);
    this.#stores.set(settings.url, store);
    try {
      return await store;
    } catch (error) {
      this.#stores.delete(settings.url);
      throw error;
    }
  }
}
