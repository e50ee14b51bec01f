import type { Clock } from '../base/clock.ts';
import type { NodeEmitter } from '../base/events.ts';
import { type LaneId, type LaneReach, parkedKey } from '../log/keys.ts';
import type { ParkedEntry } from '../log/parked-batch.ts';
import type { Fleet } from '../log/tip-mac.ts';
import { readBatch } from '../publish/parked-batches.ts';
import type { GetAnswer, GetOptions } from '../store/object-store.ts';
import { isDue, laterRetry, type Retry } from './retry-spacing.ts';

export interface ParkedBatchesParts {
  readonly get: (key: string, options: GetOptions) => Promise<GetAnswer>;
  readonly clock: Clock;
  readonly events: NodeEmitter;
  readonly fleet: Fleet;
}

export interface BatchLane extends LaneId, LaneReach {}

interface Failure {
  readonly retry: Retry;
  readonly isUnreadable: boolean;
}

const atOnce = 8;

/** The batches of parked writers: each is fetched once in a process, for it never changes. */
export class ParkedBatches {
  readonly #parts: ParkedBatchesParts;
  /** With the id of the key that signed it. */
  readonly #known = new Map<string, string | undefined>();
  /** Of those, the lanes of batches that some subscription has not delivered completely. */
  readonly #open = new Map<string, readonly BatchLane[]>();
  readonly #failed = new Map<string, Failure>();

  constructor(parts: ParkedBatchesParts) {
    this.#parts = parts;
  }

  get open(): ReadonlyMap<string, readonly BatchLane[]> {
    return this.#open;
  }

  get size(): number {
    return this.#known.size;
  }

  /** Ids of the keys that those which were read are signed with, one for each batch. */
  get keyIds(): readonly (string | undefined)[] {
    return [...this.#known.values()];
  }

  /**
   * Those of the last listing that cannot be read. One that is missing is not among them: before it went, others that say all
   * that it said had long been listed.
   */
  get unread(): ReadonlySet<string> {
    return new Set([...this.#failed].flatMap(([batch, { isUnreadable }]) => (isUnreadable ? [batch] : [])));
  }

  /**
   * Fetches the listed batches that are neither known nor `unneeded`, and tells their entries. One that cannot be
   * read is reported once and tried again ever more rarely. Throws when the store does not answer: what was
   * read until then is known, the rest is asked for by the next poll.
   */
  async fetch(
    listed: readonly string[],
    unneeded: (batch: string) => boolean,
    tell: (entry: ParkedEntry, key: string) => void,
    signal: AbortSignal,
  ): Promise<void> {
    this.#forget(new Set(listed));
    const now = this.#parts.clock.monotonic();
    const wanted = listed.filter(
      (batch) => !this.#known.has(batch) && isDue(this.#failed.get(batch)?.retry, now) && !unneeded(batch),
    );
    for (let at = 0; at < wanted.length; at += atOnce) {
      const results = await Promise.allSettled(
        wanted.slice(at, at + atOnce).map((batch) => this.#read(batch, tell, signal)),
      );
      for (const result of results) if (result.status === 'rejected') throw result.reason;
    }
  }

  /** Keys have changed: those that could not be read are asked for with the next poll. */
  rekeyed(): void {
    const retry = { tries: 0, notBefore: this.#parts.clock.monotonic() };
    for (const [batch, failure] of this.#failed)
      if (failure.isUnreadable) this.#failed.set(batch, { ...failure, retry });
  }

  /** Every subscription has delivered all of it. */
  close(batch: string): void {
    this.#open.delete(batch);
  }

  async #read(
    batch: string,
    tell: (entry: ParkedEntry, key: string) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const key = parkedKey(batch);
    const { get, fleet, events } = this.#parts;
    const reading = await readBatch(batch, { fleet, store: { get }, signal });
    // A marker is put after its batch, so a batch that is not there has been merged into another since.
    if (reading.status === 'missing') return this.#later(batch, false);
    if (reading.status === 'unreadable') {
      if (!this.#failed.has(batch)) events.emit('distrusted', { key, reason: reading.error.message });
      return this.#later(batch, true);
    }
    const { entries, keyId } = reading;
    for (const entry of entries) tell(entry, key);
    this.#failed.delete(batch);
    this.#known.set(batch, keyId);
    this.#open.set(
      batch,
      entries.flatMap(({ writer, lanes }) => lanes.map((reach, lane) => ({ writer, lane, ...reach }))),
    );
  }

  /** What is not listed is not asked for. Should a lagging LIST show it again, that costs another GET, no more. */
  #forget(listed: ReadonlySet<string>): void {
    for (const batch of this.#known.keys())
      if (!listed.has(batch) && !this.#open.has(batch)) this.#known.delete(batch);
    for (const batch of this.#failed.keys()) if (!listed.has(batch)) this.#failed.delete(batch);
  }

  #later(batch: string, isUnreadable: boolean): void {
    const retry = laterRetry(this.#failed.get(batch)?.retry, this.#parts.clock.monotonic());
    this.#failed.set(batch, { retry, isUnreadable });
  }
}
