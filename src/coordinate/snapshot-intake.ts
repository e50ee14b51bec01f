import { backoffMs } from '../base/backoff.ts';
import type { LaneId } from '../log/keys.ts';
import { snapshotName } from '../log/snapshot-keys.ts';
import {
  type FoundSnapshot,
  findSnapshot,
  isBadSnapshot,
  newestSnapshot,
  type SnapshotReading,
} from '../snapshots/find-snapshots.ts';
import type { SnapshotRead } from '../state/snapshot-read-table.ts';
import type { Advance } from '../state/state.ts';
import type { Batch } from './batch.ts';
import { SnapshotFeed } from './snapshot-feed.ts';
import type { SubscriptionParts } from './subscription-parts.ts';

export interface IntakeOwner {
  /** There may be something to take. */
  changed(): void;
  /** The subscription's positions are others now. */
  moved(): void;
}

/**
 * The snapshot that a subscription begins with. Until the last of its entries is committed, the lanes wait. A snapshot that is gone or
 * bad is replaced by the newest other one, with its vector; without any, the subscription begins with the earliest updates, where
 * what was trimmed is reported.
 */
export class SnapshotIntake {
  readonly #parts: SubscriptionParts;
  readonly #owner: IntakeOwner;
  readonly #feed: SnapshotFeed;
  readonly #bad = new Set<string>();
  #isOpen = false;
  #controller = new AbortController();

  constructor(parts: SubscriptionParts, owner: IntakeOwner) {
    this.#parts = parts;
    this.#owner = owner;
    this.#feed = new SnapshotFeed(parts, () => owner.changed());
  }

  /** Whether there is anything left of it. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Begins (again) at the saved place. */
  load(): void {
    this.reset();
    this.#isOpen = this.#place !== undefined;
    if (this.#isOpen) void this.#run(this.#controller.signal);
  }

  /** The next entries, when all before are committed. */
  take(limit: number): Batch | undefined {
    return this.#isOpen ? this.#feed.take(limit) : undefined;
  }

  /** Something of a slice is durable. */
  committed(snapshot: Advance['snapshot']): void {
    if (!this.#isOpen) return;
    if (snapshot?.[0] === 'read') this.#end();
    else this.#feed.committed(snapshot);
  }

  /** Forgets what is under way. */
  reset(): void {
    this.#controller.abort();
    this.#controller = new AbortController();
    this.#feed.reset();
    this.#isOpen = false;
  }

  get #place(): SnapshotRead | undefined {
    const place = this.#parts.record.snapshotPlace();
    return place?.recovers === undefined ? place : undefined;
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock, retry, random } = this.#parts;
    for (let failures = 0; !signal.aborted; ) {
      try {
        await this.#readOn(this.#place as SnapshotRead, signal);
        return;
      } catch (error) {
        if (signal.aborted) return;
        if (isBadSnapshot(error) && (await this.#replace(error, signal))) return;
        await clock.sleep(backoffMs(failures, retry, random), signal).catch(() => {});
        failures += 1;
      }
    }
  }

  async #readOn(from: SnapshotRead, signal: AbortSignal): Promise<void> {
    const { record } = this.#parts;
    const wants = (place: LaneId) => this.#parts.reads(place);
    const found = await findSnapshot(from.snapshot, this.#source(signal));
    await this.#feed.read(found, { from, wants, signal });
    if (signal.aborted) return;
    // Its last entry was dealt with before.
    record.advance({ snapshot: ['read'] });
    this.#end();
  }

  #end(): void {
    this.reset();
    this.#owner.changed();
  }

  /** Whether it could: not while the store does not answer. */
  async #replace(error: unknown, signal: AbortSignal): Promise<boolean> {
    const { events, record } = this.#parts;
    const bad = record.snapshotPlace()?.snapshot;
    if (bad !== undefined && !this.#bad.has(bad)) {
      this.#bad.add(bad);
      events.emit('snapshot-bad', { snapshot: bad, error });
    }
    let other: FoundSnapshot | undefined;
    try {
      other = await newestSnapshot(this.#source(signal), this.#bad);
    } catch {
      return false;
    }
    if (signal.aborted) return false;
    if (other === undefined) events.emit('snapshot-none', { reader: record.name });
    record.beginAgain(other?.manifest.vector ?? [], other && snapshotName(other.snapshot));
    this.#owner.moved();
    return true;
  }

  #source(signal: AbortSignal): SnapshotReading {
    const { snapshots, events } = this.#parts;
    return { ...snapshots, events, signal };
  }
}
