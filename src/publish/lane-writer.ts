import { backoffMs } from '../base/backoff.ts';
import type { Clock } from '../base/clock.ts';
import { BucketcastError } from '../base/errors.ts';
import type { Random } from '../base/random.ts';
import type { Settings } from '../config/settings.ts';
import { segmentKey } from '../log/keys.ts';
import { encodeSegment } from '../log/segment-codec.ts';
import type { Fleet } from '../log/tip-mac.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { type BatchHead, decideFlush, emptyHead, grow, headOf } from './batch.ts';
import { type LaneProgress, noProgress, type ProgressMessage, progress } from './lane-progress.ts';
import { type PendingUpdate, refuse } from './pending-update.ts';
import { type PutOutcome, putSegment } from './put-segment.ts';

export interface LaneWriterParts {
  readonly writer: string;
  readonly lane: number;
  readonly fleet: Fleet;
  readonly settings: Settings['publish'];
  readonly retry: Settings['retry'];
  readonly store: Pick<ObjectStore, 'get' | 'put'>;
  readonly clock: Clock;
  readonly random: Random;
  /** Ends everything; unresolved updates are then the owner's again. */
  readonly signal: AbortSignal;
}

export interface LaneEvents {
  /** The lane is durable up to `next`, `segments` being new in that; `time` is the store's. */
  durable(next: number, segments: readonly DurableSegment[], time: number): void;
  /** Somebody else writes under our name. */
  twin(): void;
  trouble(error: unknown): void;
}

export interface DurableSegment {
  readonly sequence: number;
  readonly updates: readonly PendingUpdate[];
  /** As stored; absent of a tombstone. Nobody else keeps them. */
  readonly bytes?: Uint8Array;
}

/** `bytes`: as first sent, kept until the store has answered. */
interface OpenSegment {
  updates: readonly PendingUpdate[];
  bytes?: Uint8Array;
}

/** A refused tombstone is passed over so many times, as a slip of the store, before callers are refused too. */
const passingRefusals = 2;

/** Writes one lane: numbers its segments, keeps some in flight, and retries each with the same bytes. */
export class LaneWriter {
  readonly #parts: LaneWriterParts;
  readonly #events: LaneEvents;
  readonly #segments = new Map<number, OpenSegment>();
  #queue: PendingUpdate[] = [];
  #head: BatchHead = emptyHead;
  #progress: LaneProgress = noProgress;
  #lastFlushAt: number | undefined;
  #cancelWait: (() => void) | undefined;
  /** Set while the store refuses even a tombstone: nothing can be written to this lane. */
  #refusal: BucketcastError | undefined;

  constructor(parts: LaneWriterParts, events: LaneEvents) {
    this.#parts = parts;
    this.#events = events;
    parts.signal.addEventListener('abort', () => this.#cancelWait?.(), { once: true });
  }

  add(update: PendingUpdate): void {
    if (this.#refusal && refuse(update, this.#refusal)) return;
    this.#queue.push(update);
    this.#head = grow(this.#head, update.record.length, this.#parts.settings);
    // While the head is open, and an answer or the floor is waited for, one more changes nothing.
    if (this.#head.closed || (this.#cancelWait === undefined && this.segmentsInFlight === 0)) this.#pump();
  }

  /** What is neither durable (with everything before it) nor refused, in order. */
  get unresolved(): readonly PendingUpdate[] {
    const sequences = [...this.#segments.keys()].sort((a, b) => a - b);
    return [...sequences.flatMap((sequence) => this.#updatesOf(sequence)), ...this.#queue];
  }

  get segmentsInFlight(): number {
    return this.#progress.assigned - this.#progress.prefix;
  }

  /** Tombstones that are refused as well hold up nobody: nothing above them was written or waits for an answer. */
  get idle(): boolean {
    if (this.#queue.length > 0) return false;
    if (this.segmentsInFlight === 0) return true;
    const { beyond } = this.#progress;
    return this.#refusal !== undefined && beyond.size === 0 && this.unresolved.length === 0;
  }

  #pump(): void {
    const { settings, clock, signal } = this.#parts;
    this.#cancelWait?.();
    this.#cancelWait = undefined;
    while (!signal.aborted) {
      const inFlight = this.segmentsInFlight;
      const moment = { head: this.#head, inFlight, lastFlushAt: this.#lastFlushAt, now: clock.monotonic() };
      const decision = decideFlush(moment, settings);
      if (decision.do === 'wait') this.#cancelWait = clock.after(decision.ms, () => this.#pump());
      if (decision.do !== 'flush') return;
      this.#flush();
    }
  }

  #flush(): void {
    const { settings, clock } = this.#parts;
    const updates = this.#queue.splice(0, this.#head.count);
    this.#head = headOf(sizes(this.#queue), settings);
    this.#lastFlushAt = clock.monotonic();
    this.#segments.set(this.#progress.assigned, { updates });
    this.#step({ type: 'begin' }, 0);
  }

  #step(message: ProgressMessage, time: number): void {
    const { state, effects } = progress(this.#progress, message);
    this.#progress = state;
    for (const effect of effects) {
      if (effect.type === 'write') void this.#write(effect.sequence);
      else if (effect.type === 'entomb') void this.#entomb(effect.sequence);
      else this.#settle(effect.from, effect.to, time);
    }
  }

  #settle(from: number, to: number, time: number): void {
    const segments: DurableSegment[] = [];
    for (let sequence = from; sequence < to; sequence += 1) {
      const { updates = [], bytes } = this.#segments.get(sequence) ?? {};
      // Of a tombstone they are those that were refused.
      const isStored = updates.length > 0 && bytes !== undefined;
      segments.push({ sequence, updates, ...(isStored && { bytes }) });
      this.#segments.delete(sequence);
    }
    this.#events.durable(to, segments, time);
    this.#pump();
  }

  async #write(sequence: number): Promise<void> {
    const { clock, random, retry, signal } = this.#parts;
    for (let attempt = 0; ; attempt += 1) {
      const open = this.#segments.get(sequence);
      const outcome = await this.#encode(sequence, false, open?.bytes)
        .then((bytes) => {
          if (open) open.bytes = bytes;
          return this.#put(sequence, bytes);
        })
        .catch(asRefusal);
      if (signal.aborted) return;
      if (outcome.status !== 'refused') return this.#take(sequence, outcome);
      // Only in its own place does what is kept stay before what follows it.
      const kept = open?.updates.find(({ refused }) => refused);
      if (kept === undefined) return this.#refuse(sequence, outcome.error);
      kept.refused?.(outcome.error);
      this.#events.trouble(outcome.error);
      await clock.sleep(backoffMs(attempt, retry, random), signal).catch(() => {});
      if (signal.aborted) return;
    }
  }

  #refuse(sequence: number, error: BucketcastError): void {
    for (const update of this.#updatesOf(sequence)) update.reject(error);
    const open = this.#segments.get(sequence);
    if (open) open.updates = [];
    this.#step({ type: 'refused', sequence }, 0);
  }

  /** Endless, with the same bytes: nothing above this number counts before its tombstone is durable. */
  async #entomb(sequence: number): Promise<void> {
    const { clock, random, retry, signal } = this.#parts;
    const refused = this.#segments.get(sequence)?.bytes;
    let tombstone: Uint8Array | undefined;
    for (let attempt = 0; !signal.aborted; attempt += 1) {
      const outcome = await this.#encode(sequence, true, tombstone)
        .then((bytes) => {
          tombstone = bytes;
          return this.#put(sequence, bytes, refused);
        })
        .catch(asRefusal);
      if (signal.aborted) return;
      if (outcome.status !== 'refused') return this.#take(sequence, outcome);
      if (attempt >= passingRefusals) this.#refuseQueue(outcome.error);
      this.#events.trouble(outcome.error);
      await clock.sleep(backoffMs(attempt, retry, random), signal).catch(() => {});
    }
  }

  /** Whatever waits would wait for the tombstone: better that its caller knows. */
  #refuseQueue(error: BucketcastError): void {
    this.#refusal = error;
    this.#queue = this.#queue.filter((update) => !refuse(update, error));
    this.#head = headOf(sizes(this.#queue), this.#parts.settings);
  }

  #take(sequence: number, outcome: Exclude<PutOutcome, { status: 'refused' }>): void {
    this.#refusal = undefined;
    if (outcome.status === 'twin') this.#events.twin();
    else this.#step({ type: 'durable', sequence }, outcome.time);
  }

  #updatesOf(sequence: number): readonly PendingUpdate[] {
    return this.#segments.get(sequence)?.updates ?? [];
  }

  async #encode(sequence: number, tombstone = false, before?: Uint8Array): Promise<Uint8Array> {
    if (before) return before;
    const { writer, lane, fleet, settings, random } = this.#parts;
    const records = tombstone ? [] : this.#updatesOf(sequence).map(({ record }) => record);
    return await encodeSegment({
      key: segmentKey({ writer, lane }, sequence),
      records,
      tombstone,
      lane,
      sequence,
      writer,
      ...fleet,
      random,
      compressFromBytes: settings.compressFromBytes,
    });
  }

  #put(sequence: number, bytes: Uint8Array, alsoOurs?: Uint8Array): Promise<PutOutcome> {
    const { writer, lane } = this.#parts;
    const onTrouble = (error: unknown) => this.#events.trouble(error);
    const segment = { key: segmentKey({ writer, lane }, sequence), bytes, alsoOurs };
    return putSegment(segment, { ...this.#parts, onTrouble });
  }
}

function* sizes(queue: readonly PendingUpdate[]): Generator<number> {
  for (const update of queue) yield update.record.length;
}

/** What cannot be encoded was never written; its number needs a tombstone like any other refused one. */
function asRefusal(error: unknown): PutOutcome {
  const refused =
    error instanceof BucketcastError
      ? error
      : new BucketcastError('store-refused', 'a segment could not be encoded', { cause: error });
  return { status: 'refused', error: refused };
}
