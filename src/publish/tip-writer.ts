import { backoffMs } from '../base/backoff.ts';
import type { Clock } from '../base/clock.ts';
import { isBucketcastError } from '../base/errors.ts';
import type { Random } from '../base/random.ts';
import type { Settings } from '../config/settings.ts';
import { type LaneReach, tipKey } from '../log/keys.ts';
import { type Fleet, signTip } from '../log/tip-mac.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { deleteKeys } from './delete-keys.ts';
import {
  isClean,
  newTipState,
  stepTip,
  type TipAttempt,
  type TipEffect,
  type TipMessage,
  type TipState,
} from './tip-state.ts';

export interface TipWriterParts {
  readonly writer: string;
  readonly lanes: number;
  readonly fleet: Fleet;
  readonly intervalMs: number;
  readonly retry: Settings['retry'];
  readonly store: Pick<ObjectStore, 'put' | 'delete' | 'deleteMany'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
}

export interface TipEvents {
  /** A tip stands; `time` is the store's when it answered. */
  acknowledged(tip: TipAttempt, time: number): void;
  trouble(error: unknown): void;
  /** Older tips could not be deleted; later ones stand all the same. */
  untidy(error: unknown): void;
}

/** Keeps one writer's tip up with its lanes; the decisions are in `tip-state.ts`. */
export class TipWriter {
  readonly #parts: TipWriterParts;
  readonly #events: TipEvents;
  #state: TipState;
  #raised: { readonly lane: number; readonly oldest: number; readonly resolve: () => void }[] = [];
  #failures = 0;
  #storeTime = 0;
  #cancelWake: (() => void) | undefined;

  constructor(parts: TipWriterParts, events: TipEvents) {
    this.#parts = parts;
    this.#events = events;
    this.#state = newTipState(parts.lanes);
    parts.signal.addEventListener('abort', () => this.#cancelWake?.(), { once: true });
  }

  /** Everything below `next` is durable. */
  reach(lane: number, next: number): void {
    this.#send({ type: 'reach', lane, next });
  }

  /** Retention keeps nothing below `oldest`; resolves once a tip that says so is acknowledged. */
  raise(lane: number, oldest: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#raised.push({ lane, oldest, resolve });
    this.#send({ type: 'raise', lane, oldest });
    this.#answerRaised();
    return promise;
  }

  /** From here on the tip follows at once. */
  finish(): void {
    this.#send({ type: 'finish' });
  }

  /** The tip says everything there is to say. */
  get clean(): boolean {
    return isClean(this.#state) && this.#state.writing === undefined;
  }

  /** Nothing is left to do, but for deletions that failed. */
  get idle(): boolean {
    return this.clean && this.#state.sweeping.length === 0;
  }

  /** What the next tip will say at least. */
  get wanted(): readonly LaneReach[] {
    return this.#state.wanted;
  }

  get acked(): readonly LaneReach[] {
    return this.#state.acked;
  }

  #send(message: TipMessage): void {
    const { clock, intervalMs, signal } = this.#parts;
    if (signal.aborted) return;
    this.#cancelWake?.();
    this.#cancelWake = undefined;
    const { state, effects } = stepTip(this.#state, message, clock.monotonic(), intervalMs);
    this.#state = state;
    const wakes = effects.filter((effect) => effect.type === 'wake').map(({ ms }) => ms);
    if (wakes.length > 0)
      this.#cancelWake = clock.after(Math.min(...wakes), () => this.#send({ type: 'tick' }));
    for (const effect of effects) this.#run(effect);
  }

  #run(effect: TipEffect): void {
    switch (effect.type) {
      case 'write':
        void this.#write(effect.rev, effect.lanes);
        break;
      case 'sweep':
        void this.#sweep(effect.keys);
        break;
      case 'acknowledged':
        this.#answerRaised();
        this.#events.acknowledged(effect, this.#storeTime);
        break;
      case 'wake':
        break;
    }
  }

  async #write(rev: number, lanes: readonly LaneReach[]): Promise<void> {
    const { writer, fleet, store, retry, random, signal } = this.#parts;
    const key = tipKey(signTip({ writer, rev, lanes }, fleet));
    try {
      const { time } = await store.put(key, new Uint8Array(), { signal });
      this.#failures = 0;
      this.#storeTime = time;
      this.#send({ type: 'written', key });
    } catch (error) {
      if (signal.aborted) return;
      this.#events.trouble(error);
      const retryMs = backoffMs(this.#failures++, retry, random);
      this.#send({ type: 'failed', key, mayExist: !isBucketcastError(error, 'store-refused'), retryMs });
    }
  }

  async #sweep(keys: readonly string[]): Promise<void> {
    const { store, retry, random, signal } = this.#parts;
    let failed: readonly string[] = keys;
    try {
      failed = await deleteKeys(keys, { store, signal });
    } catch (error) {
      if (!signal.aborted) this.#events.untidy(error);
    }
    const retryMs = backoffMs(this.#state.sweepFailures, retry, random);
    this.#send({ type: 'swept', failed, retryMs });
  }

  #answerRaised(): void {
    const stands = ({ lane, oldest }: { lane: number; oldest: number }) =>
      (this.#state.acked[lane] as LaneReach).oldest >= oldest;
    for (const waiting of this.#raised.filter(stands)) waiting.resolve();
    this.#raised = this.#raised.filter((waiting) => !stands(waiting));
  }
}
