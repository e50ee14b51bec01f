import type { Worker } from 'node:worker_threads';
import PQueue from 'p-queue';
import type { Piscina } from 'piscina';
import { backoffMs } from '../base/backoff.ts';
import type { Clock } from '../base/clock.ts';
import { BucketcastError, closedError } from '../base/errors.ts';
import type { NodeEmitter } from '../base/events.ts';
import type { Random } from '../base/random.ts';
import type { FetchMeter } from './fetch-meter.ts';
import type { Answer, Job, JobKind, JobReply, JobRunner, PoolWorkerData, Task } from './job.ts';
import { jobRules } from './job-rules.ts';
import { ObjectLine } from './object-line.ts';
import { oneThread, restartWait } from './one-thread.ts';
import { fromPlainError } from './plain-error.ts';
import { ThreadLoad } from './thread-load.ts';
import { fetchWorkerUrl } from './worker-location.ts';

export interface PoolThreadParts {
  readonly data: PoolWorkerData;
  /** `pool.fetchesPerThread` */
  readonly fetches: number;
  readonly events: NodeEmitter;
  readonly meter: FetchMeter;
  readonly clock: Clock;
  readonly random: Random;
}

/** Objects under way at once for each fetch that may be: they are small, and nearly all of their time is the store's. */
const objectsPerFetch = 8;

/**
 * One worker thread, as a Piscina of its own, so that a shard's jobs go to it and no other.
 *
 * | what happens | effect |
 * |---|---|
 * | the thread ends unasked | absent at once; its jobs fail as `store-unavailable`; `thread-lost`; started again after a wait |
 * | a reply comes | the count of losses starts anew |
 * | `stop()` | its jobs fail as `closed`; it never starts again |
 */
export class PoolThread implements JobRunner {
  readonly id: number;
  readonly #parts: PoolThreadParts;
  readonly #slots: PQueue;
  readonly #objectSlots: PQueue;
  readonly #load: ThreadLoad;
  #piscina: Piscina | undefined;
  /** Begun with the first object: many nodes never read one. */
  #objects: ObjectLine | undefined;
  #jobs = 0;
  #losses = 0;
  #stopped = false;
  #cancelRestart: (() => void) | undefined;

  constructor(id: number, parts: PoolThreadParts) {
    this.id = id;
    this.#parts = parts;
    this.#slots = new PQueue({ concurrency: parts.fetches });
    this.#objectSlots = new PQueue({ concurrency: parts.fetches * objectsPerFetch });
    this.#load = new ThreadLoad(parts.clock);
  }

  get alive(): boolean {
    return this.#piscina !== undefined;
  }

  /** Jobs that it does and that wait for it; objects count as a part of one. */
  get jobs(): number {
    return jobsIn(this.#slots) + jobsIn(this.#objectSlots) / objectsPerFetch;
  }

  start(): void {
    this.#cancelRestart = undefined;
    const piscina = oneThread({
      filename: fetchWorkerUrl,
      name: 'fetch',
      concurrentTasksPerWorker: this.#parts.fetches,
      // Fetches wait in `slot`. Aborts must get through to a thread that is full.
      loadBalancer: (_job, workers) => workers[0] ?? null,
      workerData: this.#parts.data,
    });
    this.#piscina = piscina;
    this.#watch(piscina, piscina.threads[0] as Worker);
  }

  /** Runs `run` when fewer than `fetches` are under way for this thread; or fewer objects than several times that. */
  async slot<T>(kind: JobKind, run: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    const slots = kind === 'object' ? this.#objectSlots : this.#slots;
    try {
      return await slots.add(run, signal ? { signal } : {});
    } catch (error) {
      throw signal?.aborted && error === signal.reason ? closedError('the fetch', signal) : error;
    }
  }

  /** One try. An abort reaches into the thread, where it ends the request. */
  async run<K extends JobKind>(kind: K, task: Task<K>, signal?: AbortSignal): Promise<Answer<K>> {
    if (kind === 'object') return await this.#line().run(task as Task<'object'>, signal);
    const id = this.#jobs;
    this.#jobs += 1;
    const abort = () => void this.#piscina?.run(id, { name: 'abort' }).catch(() => {});
    signal?.addEventListener('abort', abort, { once: true });
    try {
      return this.#open(kind, await this.#send({ id, kind, task }));
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  async rekeyed(): Promise<void> {
    const { keys } = this.#parts.data;
    // A thread that ends meanwhile is told by its own events.
    await this.#piscina?.run({ ...keys }, { name: 'rekey' }).catch(() => {});
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelRestart?.();
    const piscina = this.#piscina;
    this.#piscina = undefined;
    this.#objects?.close(closedError('the worker pool'));
    await piscina?.destroy();
  }

  snapshot() {
    const { id, alive } = this;
    const slots = [this.#slots, this.#objectSlots];
    const running = slots.reduce((sum, { pending }) => sum + pending, 0);
    const waiting = slots.reduce((sum, { size }) => sum + size, 0);
    return { id, alive, running, waiting, utilisation: this.#load.read() };
  }

  #line(): ObjectLine {
    const piscina = this.#piscina;
    if (!piscina)
      throw this.#stopped ? closedError('the worker pool') : this.#lost(new Error('it is not running'));
    this.#objects ??= new ObjectLine({
      meter: this.#parts.meter,
      // The end of the thread is told by its own events.
      connect: (port) => void piscina.run(port, { name: 'objects', transferList: [port] }).catch(() => {}),
      heard: () => {
        this.#losses = 0;
      },
    });
    return this.#objects;
  }

  async #send<K extends JobKind>(job: Job<K>): Promise<JobReply<K>> {
    const piscina = this.#piscina;
    try {
      if (!piscina) throw new Error('it is not running');
      return (await piscina.run(job, { name: 'run' })) as JobReply<K>;
    } catch (cause) {
      if (this.#stopped) throw closedError('the worker pool');
      // Jobs do not throw, so this is the end of the thread.
      throw this.#lost(cause);
    }
  }

  #lost(cause: unknown): BucketcastError {
    return new BucketcastError('store-unavailable', `worker thread ${this.id} was lost`, { cause });
  }

  #open<K extends JobKind>(kind: K, reply: JobReply<K>): Answer<K> {
    this.#losses = 0;
    const { meter } = this.#parts;
    for (const request of reply.requests) meter.observe(request);
    meter.threadLate(reply.lateMs);
    if (reply.error !== undefined) throw fromPlainError(reply.error);
    const bytes = jobRules[kind].decoded(reply.answer);
    if (bytes !== undefined) meter.decoded(bytes);
    return reply.answer;
  }

  #watch(piscina: Piscina, worker: Worker): void {
    let reason: unknown;
    this.#load.watch(worker);
    worker.once('error', (error) => {
      reason = error;
    });
    worker.once('exit', (code) => {
      if (this.#stopped) return;
      const error = reason ?? new Error(`the thread ended with code ${code}`);
      this.#parts.events.emit('thread-lost', { thread: this.id, error });
    });
    // Comes before the jobs fail, so that their retries already go elsewhere.
    piscina.once('workerDestroy', () => this.#lose(piscina));
  }

  #lose(piscina: Piscina): void {
    if (this.#stopped || this.#piscina !== piscina) return;
    this.#piscina = undefined;
    this.#objects?.close(this.#lost(new Error('it has ended')));
    this.#objects = undefined;
    // Piscina would start another one at once, over and over; here that has to wait.
    void piscina.destroy();
    const wait = backoffMs(this.#losses, restartWait, this.#parts.random);
    this.#losses += 1;
    this.#cancelRestart = this.#parts.clock.after(wait, () => this.start());
  }
}

function jobsIn({ pending, size }: PQueue): number {
  return pending + size;
}
