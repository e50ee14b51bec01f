import type { Update } from '../base/update.ts';
import type { SnapshotEntry } from '../log/snapshot-part.ts';
import type { FoundSnapshot } from '../snapshots/find-snapshots.ts';
import { readParts } from '../snapshots/read-parts.ts';
import type { SnapshotPlace } from '../state/snapshot-read-table.ts';
import type { Advance, Recovered } from '../state/state.ts';
import { type Batch, snapshotBatch } from './batch.ts';
import type { LaneEntry } from './lane-entries.ts';
import { entryOf } from './snapshot-slice.ts';
import type { SubscriptionParts } from './subscription-parts.ts';

/** What is read of a snapshot. */
export interface FeedOptions {
  readonly from: SnapshotPlace;
  readonly wants: (entry: SnapshotEntry) => boolean;
  /** Of what fills gaps. @see SnapshotSlice.tally */
  readonly tally?: (updates: readonly Update[]) => readonly Recovered[];
  readonly signal: AbortSignal;
}

/** The part whose turn it is. */
interface OpenPart {
  readonly snapshot: string;
  readonly part: number;
  readonly entries: readonly LaneEntry[];
  readonly isLast: boolean;
  readonly tally: FeedOptions['tally'];
  at: number;
  readonly exhausted: () => void;
}

/** What a subscription takes of a snapshot's parts at once has this share of its memory. */
export const memoryShare = 0.5;

/** Hands out the entries of a snapshot, slice after slice, each when the one before is committed. */
export class SnapshotFeed {
  readonly #parts: SubscriptionParts;
  readonly #changed: () => void;
  #open: OpenPart | undefined;
  #isOut = false;

  constructor(parts: SubscriptionParts, changed: () => void) {
    this.#parts = parts;
    this.#changed = changed;
  }

  /** Resolves when all of it is committed, or it was reset. Throws what `isBadSnapshot` knows, and when the store does not answer. */
  async read(found: FoundSnapshot, { from, wants, tally, signal }: FeedOptions): Promise<void> {
    const { events, record, snapshots, fetcher } = this.#parts;
    const { parts } = found.manifest;
    const { snapshot } = from;
    const of = parts.reduce((sum, { urls }) => sum + urls, 0);
    let urls = parts.slice(0, from.part).reduce((sum, part) => sum + part.urls, 0);
    const options = { from: from.part, bytesAtOnce: this.#parts.budget().bytes * memoryShare };
    for await (const { part, entries } of readParts(found, { ...snapshots, signal }, options)) {
      events.emit('snapshot-read', { reader: record.name, snapshot, urls, of });
      const read: LaneEntry[] = [];
      for (const entry of entries) read.push(await entryOf(entry, { wants, fetcher }, signal));
      signal.throwIfAborted();
      const isLast = part === parts.length - 1 && tally === undefined;
      const at = part === from.part ? from.place : 0;
      await this.#offer({ snapshot, part, entries: read, isLast, tally, at });
      urls += entries.length;
    }
    events.emit('snapshot-read', { reader: record.name, snapshot, urls: of, of });
  }

  /** The next entries, up to `limit` updates, when all before are committed. */
  take(limit: number): Batch | undefined {
    const open = this.#open;
    if (open === undefined || this.#isOut) return undefined;
    const { snapshot, part, tally } = open;
    const entries = firstOf(open.entries, open.at, limit);
    const at = { snapshot, part, place: open.at };
    open.at += entries.length;
    this.#isOut = true;
    return snapshotBatch({ at, entries, isLast: open.isLast && open.at === open.entries.length, tally });
  }

  /** Something of a slice is durable. */
  committed([place]: NonNullable<Advance['snapshot']> = []): void {
    const open = this.#open;
    if (open === undefined || place === undefined || place === 'read') return;
    if (place.part !== open.part || place.place !== open.at) return;
    this.#isOut = false;
    if (open.at < open.entries.length) return;
    this.#open = undefined;
    open.exhausted();
  }

  /** Forgets what is under way. */
  reset(): void {
    const open = this.#open;
    this.#open = undefined;
    this.#isOut = false;
    open?.exhausted();
  }

  /** Until all of the part is committed. */
  async #offer(part: Omit<OpenPart, 'exhausted'>): Promise<void> {
    if (part.at >= part.entries.length) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#open = { ...part, exhausted: resolve };
    this.#changed();
    await promise;
  }
}

/** Entries from `at` on, with what needs no delivery among them. */
function firstOf(entries: readonly LaneEntry[], at: number, limit: number): readonly LaneEntry[] {
  let end = at;
  for (let updates = 0; end < entries.length && updates < limit; end += 1)
    if (entries[end]?.type !== 'skip') updates += 1;
  return entries.slice(at, end);
}
