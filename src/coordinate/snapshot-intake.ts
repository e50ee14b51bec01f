import { backoffMs } from '../base/backoff.ts';
import { corruptError } from '../log/corrupt.ts';
import { parseSnapshotName, snapshotName } from '../log/snapshot-keys.ts';
import type { SnapshotEntry } from '../log/snapshot-part.ts';
import {
  completeSnapshots,
  type FoundSnapshot,
  isBadSnapshot,
  readManifest,
  type SnapshotReading,
} from '../snapshots/find-snapshots.ts';
import { readParts } from '../snapshots/read-parts.ts';
import type { SnapshotPlace } from '../state/snapshot-read-table.ts';
import type { Advance } from '../state/state.ts';
import { type Batch, snapshotBatch } from './batch.ts';
import type { LaneEntry } from './lane-entries.ts';
import { entryOf } from './snapshot-slice.ts';
import type { SubscriptionParts } from './subscription-parts.ts';

export interface IntakeOwner {
  /** There may be something to take. */
  changed(): void;
  /** The subscription's positions are others now. */
  moved(): void;
}

/** The part whose turn it is. */
interface OpenPart {
  readonly part: number;
  readonly entries: readonly LaneEntry[];
  readonly isLast: boolean;
  at: number;
  readonly exhausted: () => void;
}

/** What a subscription takes of a snapshot's part at once has this share of its memory. */
const memoryShare = 0.5;

/**
 * The snapshot that a subscription begins with: its entries, slice after slice, each when the one before is committed. Until the last
 * of them is, the lanes wait. A snapshot that is gone or bad is replaced by the newest other one, with its vector; without any, the
 * subscription begins with the earliest updates, where what was trimmed is reported.
 */
export class SnapshotIntake {
  readonly #parts: SubscriptionParts;
  readonly #owner: IntakeOwner;
  readonly #bad = new Set<string>();
  #reading: SnapshotPlace | undefined;
  #open: OpenPart | undefined;
  #isOut = false;
  #controller = new AbortController();

  constructor(parts: SubscriptionParts, owner: IntakeOwner) {
    this.#parts = parts;
    this.#owner = owner;
  }

  /** Whether there is anything left of it. */
  get isOpen(): boolean {
    return this.#reading !== undefined;
  }

  /** Begins (again) at the saved place. */
  load(): void {
    this.reset();
    this.#reading = this.#parts.record.snapshotPlace();
    if (this.#reading !== undefined) void this.#run(this.#controller.signal);
  }

  /** The next entries, when all before are committed. */
  take(limit: number): Batch | undefined {
    const open = this.#open;
    if (open === undefined || this.#isOut || this.#reading === undefined) return undefined;
    const entries = open.entries.slice(open.at, open.at + limit);
    if (entries.length === 0) return undefined;
    const at = { snapshot: this.#reading.snapshot, part: open.part, place: open.at };
    open.at += entries.length;
    this.#isOut = true;
    return snapshotBatch({ at, entries, isLast: open.isLast && open.at === open.entries.length });
  }

  /** Something of a slice is durable. */
  committed([place]: NonNullable<Advance['snapshot']> = []): void {
    const open = this.#open;
    if (place === undefined || open === undefined) return;
    if (place === 'read') this.#end();
    else if (place.part === open.part && place.place === open.at) {
      this.#isOut = false;
      if (open.at === open.entries.length) open.exhausted();
    }
  }

  /** Forgets what is under way. */
  reset(): void {
    this.#controller.abort();
    this.#controller = new AbortController();
    this.#open?.exhausted();
    this.#reading = undefined;
    this.#open = undefined;
    this.#isOut = false;
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock, retry, random, record } = this.#parts;
    for (let failures = 0; !signal.aborted; ) {
      try {
        await this.#readOn(record.snapshotPlace() as SnapshotPlace, signal);
        return;
      } catch (error) {
        if (signal.aborted) return;
        if (isBadSnapshot(error) && (await this.#replace(error, signal))) return;
        await clock.sleep(backoffMs(failures, retry, random), signal).catch(() => {});
        failures += 1;
      }
    }
  }

  async #readOn(place: SnapshotPlace, signal: AbortSignal): Promise<void> {
    const { events, record } = this.#parts;
    const { name } = record;
    const found = await this.#find(place.snapshot, signal);
    const { parts } = found.manifest;
    const of = parts.reduce((sum, { urls }) => sum + urls, 0);
    let urls = parts.slice(0, place.part).reduce((sum, part) => sum + part.urls, 0);
    const options = { from: place.part, bytesAtOnce: this.#parts.budget().bytes * memoryShare };
    for await (const { part, entries } of readParts(found, this.#source(signal), options)) {
      events.emit('snapshot-read', { reader: name, snapshot: place.snapshot, urls, of });
      await this.#offer(
        part,
        entries,
        part === place.part ? place.place : 0,
        part === parts.length - 1,
        signal,
      );
      urls += entries.length;
    }
    events.emit('snapshot-read', { reader: name, snapshot: place.snapshot, urls: of, of });
    if (signal.aborted) return;
    // Its last entry was dealt with before.
    record.advance({ snapshot: ['read'] });
    this.#end();
  }

  #end(): void {
    this.reset();
    this.#owner.changed();
  }

  /** Until all of the part is committed. */
  async #offer(
    part: number,
    entries: readonly SnapshotEntry[],
    at: number,
    isLast: boolean,
    signal: AbortSignal,
  ): Promise<void> {
    const read: LaneEntry[] = [];
    for (const entry of entries) read.push(await entryOf(entry, this.#parts, signal));
    signal.throwIfAborted();
    if (at >= read.length) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#open = { part, entries: read, isLast, at, exhausted: resolve };
    this.#owner.changed();
    await promise;
  }

  async #find(name: string, signal: AbortSignal): Promise<FoundSnapshot> {
    const snapshot = parseSnapshotName(name);
    const manifest = snapshot && (await readManifest(snapshot, this.#source(signal)));
    if (snapshot === undefined || manifest === undefined)
      throw corruptError(name, 'the snapshot is gone: newer ones have taken its place');
    return { snapshot, manifest };
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
      other = await this.#another(signal);
    } catch {
      return false;
    }
    if (signal.aborted) return false;
    if (other === undefined) events.emit('snapshot-none', { reader: record.name });
    record.beginAgain(other?.manifest.vector ?? [], other && snapshotName(other.snapshot));
    this.#owner.moved();
    return true;
  }

  async #another(signal: AbortSignal): Promise<FoundSnapshot | undefined> {
    for await (const found of completeSnapshots(this.#source(signal))) {
      if (!this.#bad.has(snapshotName(found.snapshot)) && found.manifest.parts.length > 0) return found;
    }
    return undefined;
  }

  #source(signal: AbortSignal): SnapshotReading {
    const { snapshots, events } = this.#parts;
    return { ...snapshots, events, signal };
  }
}
