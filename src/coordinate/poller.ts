import type { Clock } from '../base/clock.ts';
import { closedError } from '../base/errors.ts';
import type { NodeEmitter, NodeEvents } from '../base/events.ts';
import { Mailbox } from '../base/mailbox.ts';
import type { Random } from '../base/random.ts';
import type { Settings } from '../config/settings.ts';
import { type PollCause, pollsAgainSoon } from './hint-trust.ts';
import { afterFailure, afterHint, afterPoll, newSchedule, type PollSchedule } from './poll-schedule.ts';
import { Supervisor } from './supervisor.ts';

/** A complete poll. */
export interface PollResult {
  /** Lanes that reach further than was known. */
  readonly advanced: number;
  readonly requests: number;
  readonly durationMs: number;
  /** Store time, ms since the epoch. */
  readonly time: number;
}

export interface PollerParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly events: NodeEmitter;
  readonly settings: Pick<Settings, 'poll' | 'retry'>;
  /** One poll, findings told to whoever wants them. Throws when it is not complete. */
  poll(signal: AbortSignal, poll: RunningPoll): Promise<Omit<PollResult, 'durationMs'>>;
  /** Whether polls are rare just now because hints tell of what is new. Default: never. */
  readonly isStretched?: () => boolean;
  /** Where it says how polls went; default: `poll` and `poll-failed`. */
  readonly tell?: PollTeller;
  /** Its name, when it crashes. */
  readonly actor?: string;
}

export interface RunningPoll {
  readonly cause: PollCause;
  /** Whether a hint has come since it began. */
  isHinted(): boolean;
}

export interface PollTeller {
  complete(poll: NodeEvents['poll']): void;
  failed(failure: NodeEvents['poll-failed']): void;
}

interface Waiter {
  /** Waits for a complete poll, however many fail before. */
  readonly patient: boolean;
  resolve(result: PollResult): void;
  reject(error: unknown): void;
}

/**
 * The actor that polls: one poll at a time, when the schedule says so. A poll that fails is no crash:
 * it is told by `poll-failed`, and the next one is tried later.
 */
export class Poller {
  readonly #parts: PollerParts;
  readonly #mailbox: Mailbox<'poll'>;
  readonly #controller = new AbortController();
  readonly #supervisor: Supervisor;
  readonly #tell: PollTeller;
  #schedule: PollSchedule;
  #waiters: Waiter[] = [];
  #cancelTimer: (() => void) | undefined;
  #running = false;
  /** Of the poll to come. */
  #cause: PollCause = 'timer';
  #started = false;
  #last: PollReport = { at: undefined, error: undefined, time: undefined };

  constructor(parts: PollerParts) {
    this.#parts = parts;
    this.#schedule = newSchedule(this.#context());
    this.#mailbox = new Mailbox(
      () => this.#poll(),
      (error) => this.#supervisor.crashed(error, () => this.#mailbox.resume()),
    );
    this.#supervisor = new Supervisor(parts.actor ?? 'poller', { ...parts, retry: parts.settings.retry });
    this.#tell = parts.tell ?? tellEvents(parts.events);
  }

  get snapshot(): PollReport & { readonly intervalMs: number; readonly failures: number } {
    const { intervalMs, failures } = this.#schedule;
    return { ...this.#last, intervalMs, failures };
  }

  start(): void {
    if (this.#started || this.#controller.signal.aborted) return;
    this.#started = true;
    this.#schedule = newSchedule(this.#context());
    this.#arm();
  }

  /** A poll that begins after this call, at once. Rejects when that poll fails. */
  now(): Promise<PollResult> {
    return this.#await(false);
  }

  /** The first complete poll that begins after this call; tried at once. Rejects only with `closed`. */
  complete(): Promise<PollResult> {
    return this.#await(true);
  }

  /** A poll soon, as far as hints may cause polls. */
  hint(): void {
    this.#cause = 'hint';
    this.#schedule = afterHint(this.#schedule, this.#context());
    this.#arm();
  }

  stop(): void {
    this.#cancelTimer?.();
    this.#supervisor.close();
    this.#mailbox.close();
    this.#controller.abort();
    for (const waiter of this.#takeWaiters()) waiter.reject(closedError('polling'));
  }

  #await(patient: boolean): Promise<PollResult> {
    if (this.#controller.signal.aborted) return Promise.reject(closedError('polling'));
    return new Promise((resolve, reject) => {
      this.#waiters.push({ patient, resolve, reject });
      if (this.#cause === 'timer') this.#cause = 'asked';
      this.#schedule = { ...this.#schedule, pollAt: this.#parts.clock.monotonic() };
      this.#arm();
    });
  }

  #arm(): void {
    this.#cancelTimer?.();
    if (!this.#started || this.#running || this.#controller.signal.aborted) return;
    const { clock } = this.#parts;
    const wait = Math.max(0, this.#schedule.pollAt - clock.monotonic());
    this.#cancelTimer = clock.after(wait, () => this.#mailbox.send('poll'));
  }

  async #poll(): Promise<void> {
    const { clock } = this.#parts;
    const { signal } = this.#controller;
    const waiters = this.#takeWaiters();
    const startedAt = clock.monotonic();
    const cause = this.#cause;
    this.#cause = 'timer';
    this.#running = true;
    // Whoever asks while this poll runs brings forward the one after it.
    this.#schedule = { ...this.#schedule, pollAt: Number.POSITIVE_INFINITY };
    try {
      const found = await this.#parts.poll(signal, { cause, isHinted: () => this.#cause === 'hint' });
      const result = { ...found, durationMs: clock.monotonic() - startedAt };
      this.#last = { at: clock.monotonic(), error: undefined, time: found.time };
      const isSoon = pollsAgainSoon(cause, found.advanced > 0, this.#parts.isStretched?.() ?? false);
      this.#reschedule(afterPoll(this.#schedule, isSoon, this.#context()));
      for (const waiter of waiters) waiter.resolve(result);
      const { advanced, requests, durationMs } = result;
      this.#tell.complete({ advanced, requests, durationMs });
    } catch (error) {
      for (const waiter of waiters) {
        if (waiter.patient && !signal.aborted) this.#waiters.push(waiter);
        else waiter.reject(signal.aborted ? closedError('polling', signal) : error);
      }
      if (!signal.aborted) {
        this.#last = { ...this.#last, error };
        this.#reschedule(afterFailure(this.#schedule, this.#context()));
        const retryInMs = this.#schedule.pollAt - clock.monotonic();
        this.#tell.failed({ error, retryInMs });
      }
    } finally {
      this.#running = false;
      this.#arm();
    }
  }

  #reschedule(next: PollSchedule): void {
    this.#schedule = { ...next, pollAt: Math.min(next.pollAt, this.#schedule.pollAt) };
  }

  #takeWaiters(): Waiter[] {
    const waiters = this.#waiters;
    this.#waiters = [];
    return waiters;
  }

  #context() {
    const { clock, random, settings } = this.#parts;
    return { now: clock.monotonic(), random, ...settings };
  }
}

function tellEvents(events: NodeEmitter): PollTeller {
  return {
    complete: (poll) => events.emit('poll', poll),
    failed: (failure) => events.emit('poll-failed', failure),
  };
}

export interface PollReport {
  /** Monotonic ms of the last complete poll. */
  readonly at: number | undefined;
  /** Store time of the last complete poll. */
  readonly time: number | undefined;
  /** Why the last poll failed; absent when it did not. */
  readonly error: unknown;
}
