import PQueue from 'p-queue';
import type { WaitMeter, WaitReason } from '../../metrics/limits.ts';
import type { Clock } from '../base/clock.ts';
import { closedError, isBucketcastError } from '../base/errors.ts';
import type { Settings } from '../config/settings.ts';
import { KiB } from '../config/units.ts';
import { type Aimd, onSuccess, onThrottled, startAimd, withMax } from './aimd.ts';
import { ByteGate } from './byte-gate.ts';
import { RequestQueue, ranks } from './request-queue.ts';
import { fullBucket, type TokenBucket, take, waitMs, withRate } from './token-bucket.ts';

/**
 * Who goes first when requests have to wait. `control` (polls, tips, deletes: few and small) is never held up
 * by a backlog of `read` (segments) or by `write`; each kind is served in order of arrival. See `RequestQueue`.
 */
export type Priority = keyof typeof ranks;

export interface Cost {
  /** Bytes that the request sends. */
  readonly upload?: number;
  /** Default `control`. Only `read` waits for the download limit; everything received counts against it. */
  readonly priority?: Priority;
}

export interface LimiterSnapshot {
  /** Requests under way, and how many may be just now. */
  readonly inFlight: number;
  readonly concurrency: number;
  /** `requestsInFlight` as set. */
  readonly maxConcurrency: number;
  /** Requests waiting to be admitted, those waiting for bytes included. */
  readonly waiting: number;
  readonly waitingForUpload: number;
  readonly waitingForDownload: number;
  /** Refusals by the store (503, 429) so far, and how often the concurrency was cut for them. */
  readonly throttled: number;
  readonly cuts: number;
}

/** What a read is taken to bring before any has been seen. */
const firstGuessBytes = 256 * KiB;
/** Weight of the newest answer in the running average. */
const newestWeight = 0.2;

/**
 * Admits every request of this host to the store: how many at once, how many a second, how many bytes a second
 * each way. One per process; a retry asks again. When the store throttles, the concurrency is halved, and
 * it grows back step by step with successes (see `aimd.ts`). `update` changes the limits while running.
 */
export class Limiter {
  readonly #clock: Clock;
  readonly #queue: PQueue<RequestQueue>;
  readonly #upload: ByteGate;
  readonly #download: ByteGate;
  #requests: TokenBucket;
  #aimd: Aimd;
  #cancelWake: (() => void) | undefined;
  #averageBytes = firstGuessBytes;
  #throttled = 0;
  #cuts = 0;
  readonly #meter: WaitMeter | undefined;

  constructor(
    settings: Settings['limits'],
    { clock, meter }: { readonly clock: Clock; readonly meter?: WaitMeter },
  ) {
    this.#clock = clock;
    this.#meter = meter;
    this.#aimd = startAimd(settings.requestsInFlight);
    this.#queue = new PQueue({ concurrency: settings.requestsInFlight, queueClass: RequestQueue });
    this.#requests = fullBucket(settings.requestsPerSecond, clock.monotonic());
    this.#upload = new ByteGate(settings.uploadBytesPerSecond, clock);
    this.#download = new ByteGate(settings.downloadBytesPerSecond, clock);
  }

  /**
   * Runs `run` when the limits allow. An error with `details.throttled` counts as the store's refusal.
   * An abort takes the caller out of the queue at once (`closed`); `run` sees the same signal itself.
   */
  async admit<T>(cost: Cost, run: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const { upload = 0, priority = 'control' } = cost;
    const guess = priority === 'read' ? Math.ceil(this.#averageBytes) : 0;
    const cameAt = this.#clock.monotonic();
    const waits: WaitReason[] = [];
    try {
      if (signal?.aborted) throw signal.reason;
      if (upload > 0 && (await pass(this.#upload, upload, signal))) waits.push('upload');
      if (guess > 0 && (await pass(this.#download, guess, signal))) waits.push('download');
      try {
        const options = { priority: ranks[priority], ...(signal && { signal }) };
        if (this.#queue.isPaused) waits.push('rate');
        else if (this.#queue.pending >= this.#queue.concurrency) waits.push('in_flight');
        const admitted = () => {
          this.#meter?.admitted((this.#clock.monotonic() - cameAt) / 1000, waits);
          return this.#run(run);
        };
        const done = this.#queue.add(admitted, options);
        this.#wakeLater();
        return await done;
      } finally {
        // `received` has taken what really came.
        this.#download.pay(-guess);
      }
    } catch (error) {
      throw signal?.aborted && error === signal.reason ? closedError('the request', signal) : error;
    }
  }

  /** Counts bytes that came from the store. To be called inside `run`, as soon as they are known. */
  received(bytes: number): void {
    this.#averageBytes += (bytes - this.#averageBytes) * newestWeight;
    this.#download.pay(bytes);
  }

  /** Counts requests that were made under one admission, beside the one admitted. To be called inside `run`. */
  alsoMade(requests: number): void {
    if (requests === 0) return;
    const now = this.#clock.monotonic();
    this.#requests = take(this.#requests, requests, now);
    if (waitMs(this.#requests, now) > 0) this.#queue.pause();
  }

  /** The store refused a request that began at `startedAt` (monotonic) because there are too many. */
  throttled(startedAt = this.#clock.monotonic()): void {
    this.#throttled += 1;
    const now = this.#clock.monotonic();
    const next = onThrottled(this.#aimd, startedAt, now);
    if (next !== this.#aimd) this.#cuts += 1;
    this.#setAimd(next);
  }

  /** New limits, for everything that has not begun. */
  update(limits: Settings['limits']): void {
    this.#setAimd(withMax(this.#aimd, limits.requestsInFlight));
    this.#upload.setRate(limits.uploadBytesPerSecond);
    this.#download.setRate(limits.downloadBytesPerSecond);
    this.#requests = withRate(this.#requests, limits.requestsPerSecond, this.#clock.monotonic());
    this.#cancelWake?.();
    this.#wake();
  }

  snapshot(): LimiterSnapshot {
    const waitingForUpload = this.#upload.waiting;
    const waitingForDownload = this.#download.waiting;
    return {
      inFlight: this.#queue.pending,
      concurrency: this.#aimd.limit,
      maxConcurrency: this.#aimd.max,
      waiting: this.#queue.size + waitingForUpload + waitingForDownload,
      waitingForUpload,
      waitingForDownload,
      throttled: this.#throttled,
      cuts: this.#cuts,
    };
  }

  async #run<T>(run: () => Promise<T>): Promise<T> {
    const startedAt = this.#clock.monotonic();
    this.#requests = take(this.#requests, 1, startedAt);
    // Paused before the queue looks for the next one, which it does as soon as this function yields.
    if (waitMs(this.#requests, startedAt) > 0) this.#queue.pause();
    try {
      const result = await run();
      this.#setAimd(onSuccess(this.#aimd, startedAt));
      return result;
    } catch (error) {
      if (isBucketcastError(error) && error.details['throttled'] === true) this.throttled(startedAt);
      throw error;
    } finally {
      this.#wakeLater();
    }
  }

  #setAimd(next: Aimd): void {
    const changed = next.limit !== this.#aimd.limit;
    this.#aimd = next;
    if (changed) this.#queue.concurrency = next.limit;
  }

  /** A timer runs only while somebody waits for it, so that an idle limiter keeps no process alive. */
  #wakeLater(): void {
    if (!this.#queue.isPaused || this.#queue.size === 0 || this.#cancelWake) return;
    const wait = waitMs(this.#requests, this.#clock.monotonic());
    this.#cancelWake = this.#clock.after(wait, () => this.#wake());
  }

  #wake(): void {
    this.#cancelWake = undefined;
    if (waitMs(this.#requests, this.#clock.monotonic()) === 0) this.#queue.start();
    this.#wakeLater();
  }
}

/** Without a wait where none is needed: most hosts set no limit on bytes. Whether it waited. */
async function pass(gate: ByteGate, bytes: number, signal: AbortSignal | undefined): Promise<boolean> {
  if (gate.open) {
    gate.pay(bytes);
    return false;
  }
  await gate.pass(bytes, signal);
  return true;
}
