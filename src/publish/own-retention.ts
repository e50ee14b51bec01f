import type { Clock } from '../base/clock.ts';
import type { NodeEmitter } from '../base/events.ts';
import type { Settings } from '../config/settings.ts';
import type { LaneReach } from '../log/keys.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { heldOldest, planTrim, sweepLane, type TrimParts } from './trim-lane.ts';

export interface OwnRetentionParts {
  readonly writer: string;
  readonly tip: {
    readonly acked: readonly LaneReach[];
    raise(lane: number, oldest: number): Promise<void>;
  };
  readonly settings: Settings['retention'];
  /** @see TrimParts.floor */
  readonly floor?: TrimParts['floor'];
  readonly store: Pick<ObjectStore, 'list' | 'head' | 'deleteMany'>;
  readonly clock: Clock;
  readonly events: Pick<NodeEmitter, 'emit'>;
  readonly signal: AbortSignal;
  /** An idle writer's lanes are left to whoever parks it: a tip for their sake would keep it from being parked. */
  readonly isIdle: () => boolean;
  readonly onTrouble: (error: unknown) => void;
}

/**
 * Trims the lanes of a living writer: raise `oldest` in a tip, acknowledged → wait a margin, in which readers may
 * still fetch → delete what is listed below. Crashing in between leaves the deleting to whoever parks the writer.
 */
export class OwnRetention {
  readonly #parts: OwnRetentionParts;
  /** By lane: the `oldest` whose margin has passed, and the monotonic time from which looking again is worth it. */
  readonly #sweepBelow: number[] = [];
  readonly #dueAt: number[] = [];

  constructor(parts: OwnRetentionParts) {
    this.#parts = parts;
  }

  /** Runs until the signal aborts. */
  async run(): Promise<void> {
    const { clock, settings, signal, isIdle, onTrouble } = this.#parts;
    while (!signal.aborted) {
      try {
        await clock.sleep(settings.intervalMs, signal);
        if (!isIdle()) await this.round();
      } catch (error) {
        if (!signal.aborted) onTrouble(error);
      }
    }
  }

  async round(): Promise<void> {
    const { writer, tip, settings, clock, events, signal } = this.#parts;
    const raised: { lane: number; from: number; to: number }[] = [];
    for (const [lane, reach] of tip.acked.entries()) {
      const oldest = await this.#look(lane, reach);
      if (oldest > reach.oldest) raised.push({ lane, from: reach.oldest, to: oldest });
    }
    if (raised.length === 0) return;
    await Promise.all(raised.map(({ lane, to }) => tip.raise(lane, to)));
    for (const range of raised) events.emit('trimmed', { writer, ...range });
    await clock.sleep(settings.marginMs, signal);
    for (const { lane, to } of raised) {
      this.#sweepBelow[lane] = to;
      await sweepLane({ writer, lane }, to, this.#parts);
    }
  }

  /** The `oldest` that this lane may have now. */
  async #look(lane: number, reach: LaneReach): Promise<number> {
    const { writer, settings, clock } = this.#parts;
    const id = { writer, lane };
    if (clock.monotonic() < (this.#dueAt[lane] ?? 0) || reach.oldest === reach.next) return reach.oldest;
    const below = this.#sweepBelow[lane] ?? 0;
    if (below > 0) await sweepLane(id, below, this.#parts);
    const plan = await planTrim(id, reach, { ...this.#parts, maxAgeMs: settings.maxAgeMs });
    if (plan.dueAt !== undefined) this.#dueAt[lane] = clock.monotonic() + plan.dueAt - plan.time;
    return heldOldest(plan.oldest, id, reach, this.#parts.floor);
  }
}
