import type { ObjectsPage } from '../log/object-reader.ts';
import { versionDigestBytes } from '../log/version-digest.ts';
import type { PendingObject } from '../state/object-table.ts';
import type { Advance, DeadLetter, State } from '../state/state.ts';
import { SeenSet } from './seen-set.ts';

/** Where a subscription's knowledge is kept. */
export interface KnownObjectsParts {
  /** Of the node, or one in memory of a subscription that nothing is to outlive. */
  readonly state: State;
  readonly name: string;
  /** Whether dead letters are kept; those that are not have the id 0. */
  readonly keepsLetters: boolean;
  /** Lets everything else of the process have its turn; rejects when the wait is no longer wanted. */
  readonly pause: () => Promise<void>;
}

/** Digests read or taken away at once: a few milliseconds. */
const pageSize = 4000;

/**
 * What one subscription knows of the objects: which versions are dealt with, and which are pending. Every version is in the
 * `SeenSet` in memory; the state has the same, and pending ones with all that it takes to fetch them. A change is
 * committed before it is made in memory, so the two agree whatever fails.
 */
export class KnownObjects {
  readonly #parts: KnownObjectsParts;
  readonly #reader: number;
  readonly #seen = new SeenSet();
  #pending: number;
  #lastRow: number;

  /** Of a subscription that exists in the state. */
  static async load(parts: KnownObjectsParts): Promise<KnownObjects> {
    const known = new KnownObjects(parts, parts.state.objects.reader(parts.name) as number);
    await known.#load();
    return known;
  }

  private constructor(parts: KnownObjectsParts, reader: number) {
    this.#parts = parts;
    this.#reader = reader;
    const { count, lastRow } = parts.state.objects.countPending(reader);
    this.#pending = count;
    this.#lastRow = lastRow;
  }

  /** Versions that are not dealt with. */
  get pending(): number {
    return this.#pending;
  }

  /** Versions known, pending ones among them, and the memory that they take. */
  get size(): { readonly keys: number; readonly bytes: number } {
    return { keys: this.#seen.size, bytes: this.#seen.bytes };
  }

  /** LastModified of the oldest that is pending. */
  oldest(): number | undefined {
    return this.#pending === 0 ? undefined : this.#parts.state.objects.oldestPending(this.#reader);
  }

  /** Pending objects after the row `after`, in the order of finding. */
  take(after: number, limit: number): readonly PendingObject[] {
    return this.#parts.state.objects.pending(this.#reader, after, limit);
  }

  beginListing(): void {
    this.#seen.beginListing();
  }

  /** What a page has of `wanted` keys and is not known becomes pending, all of it or none. Returns how many. */
  hear(page: ObjectsPage, wanted: (key: string) => boolean): number {
    const fresh: PendingObject[] = [];
    for (const [index, key] of page.keys.entries()) {
      const at = index * versionDigestBytes;
      if (!wanted(key) || this.#seen.see(page.digests, at)) continue;
      const digest = page.digests.slice(at, at + versionDigestBytes);
      // Known at once, so that a key that a listing names twice is found once.
      this.#seen.add(digest, 'seen', true);
      const row = this.#lastRow + fresh.length + 1;
      const size = page.sizes[index] as number;
      fresh.push({ row, digest, key, size, lastModified: page.lastModified[index] as number });
    }
    if (fresh.length === 0) return 0;
    try {
      this.#parts.state.objects.addPending(this.#reader, fresh);
    } catch (error) {
      for (const { digest } of fresh) this.#seen.delete(digest);
      throw error;
    }
    this.#lastRow += fresh.length;
    this.#pending += fresh.length;
    return fresh.length;
  }

  /** The listing that was begun is complete: forgets what it and the complete one before lacked. */
  async endListing(): Promise<void> {
    const gone = this.#seen.endListing();
    const step = pageSize * versionDigestBytes;
    for (let from = 0; from < gone.length; from += step) {
      const some = gone.subarray(from, from + step);
      this.#parts.state.objects.forgetSeen(this.#reader, some);
      for (let at = 0; at < some.length; at += versionDigestBytes) this.#seen.delete(some, at);
      await this.#parts.pause();
    }
  }

  /** Commits a change, and with it that these objects are dealt with. */
  advance(change: Omit<Advance, 'objects'>, objects: readonly PendingObject[]): readonly DeadLetter[] {
    const { state, name, keepsLetters } = this.#parts;
    const { deadLetters = [] } = change;
    const kept = { ...change, deadLetters: keepsLetters ? deadLetters : [] };
    const letters = state.advance(name, { ...kept, objects: objects.map(({ row }) => row) });
    for (const { digest } of objects) this.#seen.settle(digest);
    this.#pending -= objects.length;
    if (keepsLetters) return letters;
    return deadLetters.map((letter) => ({ ...letter, id: 0, createdAt: 0, replay: false }));
  }

  async #load(): Promise<void> {
    const { state, pause } = this.#parts;
    let last: Uint8Array = new Uint8Array();
    for (let some = state.objects.seen(this.#reader, last, pageSize); some.length > 0; ) {
      for (let at = 0; at < some.length; at += versionDigestBytes)
        this.#seen.add(some.subarray(at, at + versionDigestBytes), 'saved', false);
      last = some.subarray(-versionDigestBytes);
      await pause();
      some = state.objects.seen(this.#reader, last, pageSize);
    }
    let row = 0;
    for (let some = this.take(row, pageSize); some.length > 0; some = this.take(row, pageSize)) {
      for (const { digest } of some) this.#seen.add(digest, 'saved', true);
      row = (some.at(-1) as PendingObject).row;
      await pause();
    }
  }
}
