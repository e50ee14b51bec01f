import { MessageChannel, type Worker } from 'node:worker_threads';
import type { Piscina } from 'piscina';
import { backoffMs } from '../base/backoff.ts';
import type { Clock } from '../base/clock.ts';
import { errorMessage } from '../base/error-message.ts';
import { BucketcastError } from '../base/errors.ts';
import type { Random } from '../base/random.ts';
import { settledWithin } from '../base/settled-within.ts';
import { SECOND } from '../config/units.ts';
import type { HandlerAck, HandlerCall, HandlerProblem, HandlerReply, HandlerSetup } from './handler-job.ts';
import type { HandlerPlace } from './handler-module.ts';
import type { LentUpdates } from './lent-updates.ts';
import { oneThread, restartWait } from './one-thread.ts';
import { ThreadLoad } from './thread-load.ts';
import { handlerWorkerUrl } from './worker-location.ts';

export interface HandlerThreadParts extends HandlerPlace {
  /** URL of the module. */
  readonly module: string;
  readonly clock: Clock;
  readonly random: Random;
  /** The thread ended unasked while no call was under way. */
  readonly lostIdle: (error: unknown) => void;
}

/** A call of the handler, as whoever began it follows it. */
export interface HandlerWatch {
  /** The first so many updates are acknowledged. */
  readonly acknowledged: (count: number) => void;
  /** The thread is gone, and nothing more comes. */
  readonly lost: (error: BucketcastError) => void;
}

export interface HandlerThreadSnapshot {
  readonly alive: boolean;
  /** Calls that run, or wait in the thread. */
  readonly calls: number;
  /** Part of the time that it was busy since the last look, 0..1. */
  readonly utilisation: number;
}

interface Running {
  readonly piscina: Piscina;
  readonly loaded: Promise<HandlerProblem>;
}

/** What a stop gives calls that were aborted to end, and then `close` of the module. */
const graceMs = SECOND / 2;
const closeMs = 2 * SECOND;

/**
 * One thread of one handler module, as a Piscina of its own, so that calls go to it and no other. It begins with the first
 * call, and after it was lost with the first one that comes when its wait is over.
 */
export class HandlerThread {
  readonly #parts: HandlerThreadParts;
  readonly #watches = new Map<number, HandlerWatch>();
  readonly #load: ThreadLoad;
  #running: Running | undefined;
  #calls = 0;
  #losses = 0;
  #restartAt = 0;
  #reason: unknown;
  #stopping: Promise<void> | undefined;
  #onQuiet: (() => void) | undefined;

  constructor(parts: HandlerThreadParts) {
    this.#parts = parts;
    this.#load = new ThreadLoad(parts.clock);
  }

  snapshot(): HandlerThreadSnapshot {
    return { alive: this.isStarted, calls: this.calls, utilisation: this.#load.read() };
  }

  /** Calls under way, or returned and not yet forgotten. */
  get calls(): number {
    return this.#watches.size;
  }

  get isStarted(): boolean {
    return this.#running !== undefined;
  }

  /** How long it may not be started yet, ms. */
  get waitMs(): number {
    return this.#running ? 0 : Math.max(0, this.#restartAt - this.#parts.clock.monotonic());
  }

  /** What is wrong with the module, if anything. Throws `sink-unavailable` when the thread ends. */
  async load(): Promise<HandlerProblem> {
    try {
      return await this.#start().loaded;
    } catch (error) {
      throw this.#lostError(error);
    }
  }

  /** Begins a call. It is followed, and its acknowledgements heard, until `forget`. */
  begin(
    lent: LentUpdates,
    watch: HandlerWatch,
  ): { readonly call: number; readonly reply: Promise<HandlerReply> } {
    const call = this.#calls;
    this.#calls += 1;
    this.#watches.set(call, watch);
    return { call, reply: this.#run({ call, lent }) };
  }

  abort(call: number): void {
    void this.#running?.piscina.run(call, { name: 'abort' }).catch(() => {});
  }

  forget(call: number): void {
    this.#watches.delete(call);
    if (this.#watches.size === 0) this.#onQuiet?.();
  }

  /** Gives calls under way a moment, has the module closed, and ends the thread, whatever it does. Idempotent. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #run(job: HandlerCall): Promise<HandlerReply> {
    try {
      const { piscina, loaded } = this.#start();
      const problem = await loaded;
      if (problem !== undefined) {
        this.#lose(piscina, new Error(`the handler ${problem}`));
        throw new Error(`the handler ${problem}`);
      }
      const reply = piscina.run(job, { name: 'deliver', transferList: [job.lent.bytes.buffer] });
      const answer = (await reply) as HandlerReply;
      this.#losses = 0;
      return answer;
    } catch (error) {
      throw this.#lostError(error);
    }
  }

  #start(): Running {
    if (this.#stopping) throw new Error('it is not running');
    if (this.#running) return this.#running;
    const { module, subscription, thread } = this.#parts;
    const piscina = oneThread({
      filename: handlerWorkerUrl,
      name: 'deliver',
      // Calls take turns in the thread. Aborts must get through to one that is busy.
      concurrentTasksPerWorker: 64,
      loadBalancer: (_job, workers) => workers[0] ?? null,
    });
    const { port1, port2 } = new MessageChannel();
    port1.on('message', (ack: HandlerAck) => this.#watches.get(ack.call)?.acknowledged(ack.acknowledged));
    port1.unref();
    this.#watch(piscina, piscina.threads[0] as Worker);
    const setup: HandlerSetup = { module, subscription, thread, acks: port2 };
    const loaded: Promise<HandlerProblem> = piscina.run(setup, { name: 'load', transferList: [port2] });
    loaded.catch(() => {});
    this.#reason = undefined;
    this.#running = { piscina, loaded };
    return this.#running;
  }

  #watch(piscina: Piscina, worker: Worker): void {
    this.#load.watch(worker);
    // Before Piscina hears of it, which then gives the thread up.
    worker.prependOnceListener('error', (error) => {
      this.#reason = error;
    });
    worker.prependOnceListener('exit', (code) => {
      if (this.#running?.piscina === piscina) this.#reason ??= new Error(`it ended with exit code ${code}`);
    });
    piscina.once('workerDestroy', () => this.#lose(piscina, this.#reason));
  }

  #lose(piscina: Piscina, reason: unknown): void {
    if (this.#running?.piscina !== piscina) return;
    this.#running = undefined;
    // Piscina would start another one at once, over and over; here that has to wait.
    void piscina.destroy();
    if (this.#stopping) return;
    const { clock, random, lostIdle } = this.#parts;
    this.#restartAt = clock.monotonic() + backoffMs(this.#losses, restartWait, random);
    this.#losses += 1;
    this.#reason = reason;
    const lost = [...this.#watches.values()];
    if (lost.length === 0) lostIdle(reason);
    for (const watch of lost) watch.lost(this.#lostError(reason));
  }

  #lostError(cause: unknown): BucketcastError {
    const reason = this.#reason ?? cause;
    return new BucketcastError('sink-unavailable', `the handler's thread ended: ${errorMessage(reason)}`, {
      cause: reason,
      hint: 'A handler must not end its thread: look for process.exit(), for promises that reject with nobody waiting, and for memory. What it had not acknowledged comes again.',
    });
  }

  async #stop(): Promise<void> {
    const { clock } = this.#parts;
    const quiet = Promise.withResolvers<void>();
    this.#onQuiet = quiet.resolve;
    if (this.#watches.size > 0) await settledWithin(clock, graceMs, quiet.promise);
    const running = this.#running;
    if (running === undefined) return;
    if (this.#watches.size === 0)
      await settledWithin(clock, closeMs, running.piscina.run(undefined, { name: 'close' }));
    this.#running = undefined;
    await running.piscina.destroy();
  }
}
