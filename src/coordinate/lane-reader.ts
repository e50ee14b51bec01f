import type { Clock } from '../base/clock.ts';
import { Mailbox } from '../base/mailbox.ts';
import type { Random } from '../base/random.ts';
import type { Settings } from '../config/settings.ts';
import { type LaneId, type LaneReach, laneKey, segmentKey } from '../log/keys.ts';
import type { SegmentFetcher } from '../log/segment-fetcher.ts';
import type { ObjectStore } from '../store/object-store.ts';
import type { LaneEffect } from './lane-effects.ts';
import { hasEntries, type LaneEntry, takeEntries } from './lane-entries.ts';
import { firstSegmentAfter } from './lane-listing.ts';
import {
  isCaughtUp,
  type LaneHoldings,
  type LaneState,
  laneHoldings,
  laneState,
  segmentBytes,
  wakeTime,
  wantedSequences,
} from './lane-state.ts';
import { type LaneMessage, stepLane } from './lane-step.ts';
import { type ReaderTrouble, readerTrouble } from './reader-trouble.ts';
import { Supervisor, type SupervisorParts } from './supervisor.ts';
import type { Crash } from './why-waiting.ts';

export interface LaneParts extends SupervisorParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly fetcher: SegmentFetcher;
  readonly store: Pick<ObjectStore, 'list'>;
  readonly read: Pick<Settings['read'], 'patienceMs' | 'corruptTries' | 'segmentsAhead'>;
}

/** What a lane asks of the subscription it belongs to. */
export interface LaneOwner {
  readonly name: string;
  /** The next update to take: where a crashed lane begins again. */
  place(): { readonly sequence: number; readonly index: number };
  /** Something may be ready, wanted, or out of flight. */
  changed(): void;
  /** Decoded size of a segment that arrived, bytes, and its updates. */
  received(bytes: number, updates: number): void;
  pollSoon(): void;
}

/**
 * The actor of one lane of one subscription: asks for segments when told to, and has them ready in order.
 * Every decision is `stepLane`'s. When it throws, everything that it holds is dropped and it begins again at
 * the owner's place, so nothing is left out and nothing is handed over twice.
 */
export class LaneReader {
  readonly id: LaneId;
  readonly #owner: LaneOwner;
  readonly #parts: LaneParts;
  readonly #mailbox: Mailbox<LaneMessage>;
  readonly #supervisor: Supervisor;
  #state: LaneState;
  #reach: LaneReach;
  #controller = new AbortController();
  #down = false;
  #crash: Crash | undefined;
  #trouble: ReaderTrouble | undefined;
  #lastView: View | undefined;
  #cancelTimer: (() => void) | undefined;

  constructor(id: LaneId, reach: LaneReach, owner: LaneOwner, parts: LaneParts) {
    this.id = id;
    this.#owner = owner;
    this.#parts = parts;
    this.#reach = reach;
    this.#state = laneState(id, owner.place(), reach);
    this.#mailbox = new Mailbox(
      (message) => this.#handle(message),
      (error) => this.#crashed(error),
    );
    this.#supervisor = new Supervisor(`lane ${laneKey(id)} of ${owner.name}`, parts);
  }

  get state(): LaneState {
    return this.#state;
  }

  /** Bytes in memory, and how many fetches are under way. */
  get holdings(): LaneHoldings {
    return this.#view.holdings;
  }

  /** Set while it waits to begin again. */
  get crash(): Crash | undefined {
    return this.#crash;
  }

  get trouble(): ReaderTrouble | undefined {
    return this.#trouble;
  }

  /** Whether its next segment has still to be asked for. */
  get wantsHead(): boolean {
    return this.wanted()[0] === this.#state.head;
  }

  get caughtUp(): boolean {
    return !this.#down && isCaughtUp(this.#state);
  }

  reach(reach: LaneReach): void {
    this.#reach = reach;
    this.#mailbox.send({ type: 'reach', reach });
  }

  polled(startedAt: number): void {
    this.#mailbox.send({ type: 'polled', startedAt });
  }

  rekeyed(): void {
    this.#mailbox.send({ type: 'rekeyed' });
  }

  fetch(sequence: number): void {
    this.#mailbox.send({ type: 'start', sequence });
  }

  wanted(): readonly number[] {
    return this.#down ? [] : this.#view.wanted;
  }

  get ready(): boolean {
    return !this.#down && hasEntries(this.#state);
  }

  take(limit: number): readonly LaneEntry[] {
    if (!this.ready) return [];
    const { state, entries } = takeEntries(this.#state, limit);
    this.#state = state;
    this.#mailbox.send({ type: 'arrived' });
    return entries;
  }

  close(): void {
    this.#mailbox.close();
    this.#supervisor.close();
    this.#cancelTimer?.();
    this.#controller.abort();
  }

  /** What planning asks of every lane each time; computed once for a state. */
  get #view(): View {
    if (this.#lastView?.state !== this.#state) {
      const wanted = wantedSequences(this.#state, this.#parts.read.segmentsAhead);
      this.#lastView = { state: this.#state, holdings: laneHoldings(this.#state), wanted };
    }
    return this.#lastView;
  }

  #handle(message: LaneMessage): void {
    const { clock, random, read, retry } = this.#parts;
    const context = { now: clock.monotonic(), random, retry, ...read };
    const { state, effects } = stepLane(this.#state, message, context);
    this.#state = state;
    this.#trouble = readerTrouble(state, this.#trouble, context.now, read.patienceMs);
    for (const effect of effects) this.#run(effect);
    this.#armTimer();
    this.#owner.changed();
  }

  #run(effect: LaneEffect): void {
    const { events } = this.#parts;
    const place = { subscription: this.#owner.name, ...this.id };
    switch (effect.type) {
      case 'fetch':
        void this.#fetch(effect.sequence, this.#controller.signal);
        break;
      case 'list':
        void this.#list(effect.from, effect.oldest, this.#controller.signal);
        break;
      case 'poll':
        this.#owner.pollSoon();
        break;
      case 'blocked':
        events.emit('blocked', { ...place, reason: effect.reason, key: effect.key, hint: effect.hint });
        break;
      case 'unblocked':
        events.emit('unblocked', place);
        break;
    }
  }

  /** Answers that come after a crash or the end belong to nobody. */
  async #fetch(sequence: number, signal: AbortSignal): Promise<void> {
    const key = segmentKey(this.id, sequence);
    let message: LaneMessage;
    try {
      const outcome = await this.#parts.fetcher.fetch({ key, ...this.id, sequence }, signal);
      if (outcome.status === 'fetched' && !signal.aborted) {
        const { segment } = outcome;
        this.#owner.received(segmentBytes(segment), segment.header.count);
      }
      message = { type: 'outcome', sequence, outcome };
    } catch {
      message = { type: 'failed', sequence };
    }
    if (!signal.aborted) this.#mailbox.send(message);
  }

  async #list(from: number, oldest: number, signal: AbortSignal): Promise<void> {
    let message: LaneMessage;
    try {
      const found = await firstSegmentAfter(this.#parts.store, this.id, from, signal);
      message = { type: 'listed', from, oldest, found: found?.sequence };
    } catch {
      message = { type: 'list-failed', from };
    }
    if (!signal.aborted) this.#mailbox.send(message);
  }

  #armTimer(): void {
    this.#cancelTimer?.();
    const at = wakeTime(this.#state);
    if (at === undefined) this.#cancelTimer = undefined;
    else {
      const wait = Math.max(0, at - this.#parts.clock.monotonic());
      this.#cancelTimer = this.#parts.clock.after(wait, () => this.#mailbox.send({ type: 'timer' }));
    }
  }

  #crashed(error: unknown): void {
    this.#down = true;
    this.#cancelTimer?.();
    this.#controller.abort();
    const restartInMs = this.#supervisor.crashed(error, () => {
      this.#crash = undefined;
      this.#controller = new AbortController();
      this.#state = laneState(this.id, this.#owner.place(), this.#reach);
      this.#down = false;
      this.#mailbox.resume();
      this.#owner.changed();
    });
    const at = this.#parts.clock.monotonic();
    this.#crash = { at, error, restartAt: at + restartInMs };
    this.#trouble = undefined;
  }
}

interface View {
  readonly state: LaneState;
  readonly holdings: LaneHoldings;
  readonly wanted: readonly number[];
}
