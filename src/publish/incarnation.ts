import type { NodeEmitter } from '../base/events.ts';
import type { Announcer } from '../hints/announcer.ts';
import type { LaneReach } from '../log/keys.ts';
import { type DurableSegment, LaneWriter, type LaneWriterParts } from './lane-writer.ts';
import type { PendingUpdate, PublishedPlace } from './pending-update.ts';
import { type StandingTip, willBeFound } from './tip-lease.ts';
import type { TipAttempt } from './tip-state.ts';
import { TipWriter, type TipWriterParts } from './tip-writer.ts';

export interface IncarnationParts extends Omit<LaneWriterParts, 'lane' | 'signal' | 'store'> {
  readonly store: LaneWriterParts['store'] & TipWriterParts['store'];
  readonly events: Pick<NodeEmitter, 'emit'>;
  readonly announcer?: Announcer | undefined;
  /** Answer for an update only once a tip covers it, whatever the update asks for. */
  readonly alwaysVisible: boolean;
}

export interface IncarnationEvents {
  storeTime(ms: number): void;
  tipWritten(): void;
  twin(): void;
  /** Something was answered for, or a tip was written. */
  progressed(): void;
  /** Segments or tips could not be put. */
  trouble(error: unknown): void;
  /** Older tips could not be deleted. */
  untidy(error: unknown): void;
}

export interface DurableUpdate {
  readonly update: PendingUpdate;
  readonly place: PublishedPlace;
}

/** One writer's life: its lanes, its tip, and the updates that are durable and wait for a tip. */
export class Incarnation {
  readonly writer: string;
  readonly lanes: readonly LaneWriter[];
  readonly tip: TipWriter;
  readonly #parts: IncarnationParts;
  readonly #events: IncarnationEvents;
  readonly #ended = new AbortController();
  #standing: StandingTip | undefined;
  #awaitingTip: DurableUpdate[] = [];
  #lastActiveAt: number;

  constructor(parts: IncarnationParts, events: IncarnationEvents) {
    this.writer = parts.writer;
    this.#parts = parts;
    this.#events = events;
    this.#lastActiveAt = parts.clock.monotonic();
    const { signal } = this.#ended;
    const { tipIntervalMs, lanes } = parts.settings;
    this.tip = new TipWriter(
      { ...parts, lanes, intervalMs: tipIntervalMs, signal },
      {
        acknowledged: (tip, time) => this.#acknowledged(tip, time),
        trouble: (error) => events.trouble(error),
        untidy: (error) => events.untidy(error),
      },
    );
    this.lanes = Array.from(
      { length: lanes },
      (_, lane) =>
        new LaneWriter(
          { ...parts, lane, signal },
          {
            durable: (next, segments, time) => this.#durable(lane, next, segments, time),
            twin: () => events.twin(),
            trouble: (error) => {
              events.trouble(error);
              // What is refused is answered for.
              events.progressed();
            },
          },
        ),
    );
  }

  /** Aborts with the incarnation. */
  get signal(): AbortSignal {
    return this.#ended.signal;
  }

  add(update: PendingUpdate): void {
    this.#lastActiveAt = this.#parts.clock.monotonic();
    (this.lanes[update.lane] as LaneWriter).add(update);
  }

  /** Nothing is unanswered, and the tip says all there is to say. */
  get settled(): boolean {
    return this.lanes.every((lane) => lane.idle) && this.#awaitingTip.length === 0 && this.tip.clean;
  }

  /** Whether there has been nothing to do for `ms` (monotonic). */
  isIdleFor(ms: number): boolean {
    return this.#parts.clock.monotonic() - this.#lastActiveAt >= ms && this.settled;
  }

  /** Ends all of this writer's work. What is not durable in order comes back to be published by another one. */
  end(): { readonly unresolved: readonly PendingUpdate[]; readonly durable: readonly DurableUpdate[] } {
    this.#ended.abort();
    return { unresolved: this.lanes.flatMap((lane) => lane.unresolved), durable: this.#awaitingTip };
  }

  #durable(lane: number, next: number, segments: readonly DurableSegment[], time: number): void {
    const { clock, settings, alwaysVisible } = this.#parts;
    this.#touch(time);
    const found = willBeFound(this.#standing, { now: clock.monotonic(), time }, settings.retireAfterMs);
    for (const { sequence, updates } of segments) {
      const bytes = updates.reduce((sum, { record }) => sum + record.byteLength, 0);
      const { writer } = this;
      this.#parts.events.emit('segment-written', { writer, lane, sequence, updates: updates.length, bytes });
      const place = { writer, lane, sequence };
      for (const update of updates) {
        if (found && !update.visible && !alwaysVisible) update.resolve(place);
        else this.#awaitingTip.push({ update, place });
      }
    }
    this.tip.reach(lane, next);
    this.#announce(lane, segments);
    this.#events.progressed();
  }

  #announce(lane: number, segments: readonly DurableSegment[]): void {
    const stored = segments.flatMap(({ sequence, bytes }) => (bytes ? [{ lane, sequence, bytes }] : []));
    this.#parts.announcer?.durable(this.writer, this.tip.wanted, stored);
  }

  #acknowledged(tip: TipAttempt, time: number): void {
    this.#touch(time);
    this.#standing = { startedAt: tip.startedAt, time };
    const covered = ({ place }: DurableUpdate) => (tip.lanes[place.lane] as LaneReach).next > place.sequence;
    const answered = this.#awaitingTip.filter(covered);
    this.#awaitingTip = this.#awaitingTip.filter((waiting) => !covered(waiting));
    for (const { update, place } of answered) update.resolve(place);
    this.#events.tipWritten();
    this.#parts.announcer?.tipWritten(this.writer, tip.lanes);
    const segments = tip.lanes.reduce((sum, { next }) => sum + next, 0);
    this.#parts.events.emit('tip-written', { writer: this.writer, rev: tip.rev, segments });
    this.#events.progressed();
  }

  #touch(time: number): void {
    this.#lastActiveAt = this.#parts.clock.monotonic();
    this.#events.storeTime(time);
  }
}
