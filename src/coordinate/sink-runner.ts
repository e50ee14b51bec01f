import { type BackoffSettings, backoffMs } from '../base/backoff.ts';
import type { Clock } from '../base/clock.ts';
import { closedError, isBucketcastError } from '../base/errors.ts';
import type { NodeEmitter } from '../base/events.ts';
import type { Random } from '../base/random.ts';
import type { Update } from '../base/update.ts';
import type { Advance } from '../state/state.ts';
import { acknowledgeBatch, type Batch } from './batch.ts';
import {
  blame,
  firstPending,
  isComplete,
  pendingEnd,
  pendingUpdates,
  takenUpdates,
} from './delivery-state.ts';
import type { LaneEntry } from './lane-entries.ts';
import { acknowledged, noPace, type SinkPace } from './sink-pace.ts';
import type { SinkStatus } from './why-waiting.ts';

export interface DeliveryControl {
  /** Acknowledges everything handed over up to and including `upTo`; all of it without. Durable when it returns. */
  readonly ack: (upTo?: Update) => void;
  /** Aborted when the subscription stops without waiting any longer. */
  readonly signal: AbortSignal;
}

export type Deliver = (updates: readonly Update[], delivery: DeliveryControl) => void | Promise<void>;

export interface RunnerParts {
  readonly name: string;
  readonly ack: 'auto' | 'explicit';
  /** As in `SubscriptionSpec`. */
  readonly quickMs?: number | undefined;
  readonly deliver: Deliver;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: Pick<NodeEmitter, 'emit'>;
  readonly retry: BackoffSettings;
  /** Makes an acknowledgement durable, `soon` or before it returns; throws when it cannot. */
  commit(change: Advance, when: 'now' | 'soon'): void;
  /** To the mailbox of the subscription, which gives it back to `handle`. */
  send(message: RunnerMessage): void;
  /** A batch is through, or a call of the sink has returned. */
  changed(): void;
}

export type RunnerMessage =
  | { readonly type: 'returned'; readonly attempt: number }
  | { readonly type: 'threw'; readonly attempt: number; readonly error: unknown }
  | { readonly type: 'acknowledged' }
  | { readonly type: 'retry' }
  /** An acknowledgement could not be made durable. */
  | { readonly type: 'broken'; readonly error: unknown };

/** A batch in the sink's hands; `void` once a crash has taken it away. */
interface Lease {
  void: boolean;
}

/**
 * Takes one batch through the sink: hands it over, commits what is acknowledged, hands over again what a failure left,
 * after a pause when the sink itself is in trouble. The sink is never called while a call of it is under way.
 */
export class SinkRunner {
  readonly #parts: RunnerParts;
  #batch: Batch | undefined;
  #lease: Lease = { void: false };
  /** What the sink was handed last: how many updates, where their entries end, and the last of them. */
  #handed = { updates: 0, end: 0, last: undefined as Update | undefined };
  #attempt = 0;
  #running = false;
  #failures = 0;
  #error: unknown;
  #failingSince = 0;
  #retryAt = 0;
  /** When the updates that are with the sink were handed over, or some of them acknowledged since. */
  #handedAt = 0;
  #finishedAt: number | undefined;
  #pace = noPace;
  #closed = false;
  #cancelRetry: (() => void) | undefined;
  #controller = new AbortController();

  constructor(parts: RunnerParts) {
    this.#parts = parts;
  }

  /** Ready for the next batch. */
  get idle(): boolean {
    return this.#batch === undefined && !this.#running;
  }

  get paused(): boolean {
    return this.#cancelRetry !== undefined;
  }

  get failures(): number {
    return this.#failures;
  }

  get pace(): SinkPace {
    return this.#pace;
  }

  get status(): SinkStatus {
    const failing = {
      failures: this.#failures,
      failingSince: this.#failingSince,
      error: this.#error,
      retryAt: this.#retryAt,
    };
    const updates = this.#running ? this.#handed.updates : 0;
    if (this.#running) return { phase: 'delivering', since: this.#handedAt, updates, ...failing };
    if (this.paused) return { phase: 'paused', since: this.#failingSince, updates, ...failing };
    if (this.#batch === undefined) return { phase: 'idle', since: this.#finishedAt, updates, ...failing };
    const { delivery } = this.#batch;
    const left = takenUpdates(delivery, delivery.done, delivery.entries.length);
    return { phase: 'acknowledgement', since: this.#handedAt, updates: left, ...failing };
  }

  /** What the batch of lanes still holds that is not acknowledged. */
  get unacknowledged(): readonly LaneEntry[] {
    if (this.#batch === undefined || this.#batch.replay !== undefined) return [];
    const { entries, done } = this.#batch.delivery;
    return entries.slice(done);
  }

  get bytes(): number {
    return this.#batch?.bytes ?? 0;
  }

  /** Nothing is with the sink, or the sink is in trouble: a stop need not wait. */
  get quiet(): boolean {
    return !this.#running && (this.paused || this.#batch === undefined);
  }

  begin(batch: Batch): void {
    this.#batch = batch;
    this.#lease = { void: false };
    this.#handOver();
  }

  handle(message: RunnerMessage): void {
    switch (message.type) {
      case 'returned':
        this.#running = false;
        if (message.attempt === this.#attempt) this.#returned();
        break;
      case 'threw':
        this.#running = false;
        if (message.attempt === this.#attempt) this.#threw(message.error);
        break;
      case 'acknowledged':
        this.#goOn();
        break;
      case 'retry':
        this.#cancelRetry = undefined;
        if (this.#batch !== undefined && !this.#running) this.#handOver();
        break;
      case 'broken':
        throw message.error;
    }
    this.#parts.changed();
  }

  /** Takes the batch away from the sink; what it has not acknowledged will come again. */
  reset(): void {
    this.#lease.void = true;
    this.#batch = undefined;
    this.#attempt += 1;
    this.#clearRetry();
    this.#controller.abort();
    this.#controller = new AbortController();
  }

  close(): void {
    this.#closed = true;
    this.reset();
  }

  #handOver(): void {
    this.#commit(undefined, 'soon');
    const batch = this.#batch as Batch;
    if (isComplete(batch.delivery)) {
      this.#finish();
      return;
    }
    const updates = pendingUpdates(batch.delivery);
    const lease = this.#lease;
    this.#attempt += 1;
    const attempt = this.#attempt;
    this.#handed = { updates: updates.length, end: pendingEnd(batch.delivery), last: updates.at(-1) };
    this.#running = true;
    this.#handedAt = this.#parts.clock.monotonic();
    const ack = (upTo?: Update) => this.#acknowledge(lease, upTo ?? updates.at(-1));
    const call = async () => this.#parts.deliver(updates, { ack, signal: this.#controller.signal });
    call().then(
      () => this.#parts.send({ type: 'returned', attempt }),
      (error: unknown) => this.#parts.send({ type: 'threw', attempt, error }),
    );
  }

  #acknowledge(lease: Lease, upTo: Update | undefined): void {
    if (lease.void || this.#closed) throw closedError('the delivery');
    try {
      if (lease === this.#lease && this.#batch !== undefined) this.#commit(upTo, 'now');
      else this.#parts.commit({}, 'now');
    } catch (error) {
      this.#parts.send({ type: 'broken', error });
      throw error;
    }
    this.#parts.send({ type: 'acknowledged' });
  }

  #commit(upTo: Update | undefined, when: 'now' | 'soon'): void {
    const before = (this.#batch as Batch).delivery;
    const { batch, change } = acknowledgeBatch(this.#batch as Batch, upTo, this.#parts.name);
    if (change !== undefined || when === 'now') this.#parts.commit(change ?? {}, when);
    this.#batch = batch;
    const updates = takenUpdates(before, before.done, batch.delivery.done);
    if (updates === 0) return;
    const now = this.#parts.clock.monotonic();
    this.#pace = acknowledged(this.#pace, updates, now - this.#handedAt, now);
    this.#handedAt = now;
  }

  #returned(): void {
    this.#recovered();
    const tookMs = this.#parts.clock.monotonic() - this.#handedAt;
    if (this.#parts.ack === 'auto')
      this.#commit(this.#handed.last, tookMs < (this.#parts.quickMs ?? usualQuickMs) ? 'soon' : 'now');
    this.#goOn();
  }

  #threw(error: unknown): void {
    const batch = this.#batch as Batch;
    // Who is in trouble may be about to die: what was acknowledged before must not come again for that.
    this.#parts.commit({}, 'now');
    const verdict = blame(batch.delivery, error);
    if (verdict.type === 'again') {
      this.#recovered();
      this.#batch = { ...batch, delivery: verdict.delivery };
      if (!this.#closed) this.#handOver();
      return;
    }
    const { events, clock, retry, random, name } = this.#parts;
    const retryInMs = Math.max(backoffMs(this.#failures, retry, random), askedWaitMs(error));
    if (this.#failures === 0) this.#failingSince = clock.monotonic();
    this.#failures += 1;
    this.#error = error;
    this.#retryAt = clock.monotonic() + retryInMs;
    this.#cancelRetry = clock.after(retryInMs, () => this.#parts.send({ type: 'retry' }));
    events.emit('paused', { subscription: name, error, retryInMs, failures: this.#failures });
  }

  #goOn(): void {
    if (this.#batch === undefined || this.#running) return;
    if (isComplete(this.#batch.delivery)) {
      this.#finish();
      return;
    }
    if (this.paused) return;
    // What is left may be waiting for its acknowledgement; what was not handed over yet is not.
    const { delivery } = this.#batch;
    const next = firstPending(delivery);
    if (next < delivery.entries.length && next >= this.#handed.end) this.#handOver();
  }

  #finish(): void {
    this.#batch = undefined;
    this.#handed = { updates: 0, end: 0, last: undefined };
    this.#finishedAt = this.#parts.clock.monotonic();
    this.#clearRetry();
    this.#parts.changed();
  }

  #recovered(): void {
    if (this.#failures === 0) return;
    this.#failures = 0;
    this.#error = undefined;
    this.#parts.events.emit('resumed', { subscription: this.#parts.name });
  }

  #clearRetry(): void {
    this.#cancelRetry?.();
    this.#cancelRetry = undefined;
  }
}

/** A batch that took the sink longer is not repeated for want of a commit, which is short beside it. */
const usualQuickMs = 10;

/** How long the sink asked to be left alone. */
function askedWaitMs(error: unknown): number {
  const asked = isBucketcastError(error, 'sink-unavailable') ? error.details['retryAfterMs'] : undefined;
  return typeof asked === 'number' ? asked : 0;
}
