import type { Clock } from '../base/clock.ts';
import type { BucketcastError } from '../base/errors.ts';
import type { NewSpooled, Spooled, SpoolPlace, SpoolTable } from '../state/spool-table.ts';
import { asSpoolFull, boundReached, diskIsShort, isDiskTrouble, type SpoolBound } from './spool-full.ts';

/** What a record costs on the disk, at most, of its own size: pages are not quite full, and it is written twice. */
const diskShare = 2.5;

export interface SpoolIntakeParts {
  readonly table: Pick<SpoolTable, 'append' | 'makeRoom' | 'room' | 'rowOf' | 'totals'>;
  readonly maxBytes: number;
  readonly keepFreeBytes: number;
  /** For messages. */
  readonly path: string;
  readonly clock: Pick<Clock, 'now' | 'after'>;
}

export interface SpoolIntakeEvents {
  /** On the disk, in order. */
  kept(records: readonly Spooled[]): void;
  refused(error: unknown): void;
  /** There was room again for one as large as what found none. */
  works(): void;
}

interface Request extends NewSpooled {
  /** As large as one that found no room before: taking it shows that there is room again. */
  readonly isProof: boolean;
  readonly taken: (row: number) => void;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Group commit: whatever asks within a turn of the event loop goes to the disk in one transaction. Where the disk
 * does not take all of a group, it takes those that fit, and the others hear that they did not.
 */
export class SpoolIntake {
  readonly #parts: SpoolIntakeParts;
  readonly #events: SpoolIntakeEvents;
  #group: Request[] = [];
  #groupBytes = 0;
  #held: number;
  /** On the disk, when the group began. */
  #room = 0;
  #isShort = false;
  #trouble: unknown;
  /** The smallest that found no room. */
  #noRoomFor = Number.POSITIVE_INFINITY;
  #cancel: (() => void) | undefined;

  constructor(parts: SpoolIntakeParts, events: SpoolIntakeEvents) {
    this.#parts = parts;
    this.#events = events;
    this.#held = parts.table.totals().bytes;
  }

  /**
   * Resolves once the record is on the disk; `taken` hears its row before anybody else hears of the record. Throws
   * `spool-full`, `state-unusable`.
   */
  async take(update: NewSpooled, taken: (row: number) => void = () => {}): Promise<void> {
    const bytes = update.record.length;
    const obstacle = this.#obstacle(bytes);
    if (obstacle) return this.#unlessKept(update, obstacle, taken);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#group.push({ ...update, isProof: bytes >= this.#noRoomFor, taken, resolve, reject });
    this.#groupBytes += bytes;
    this.#cancel ??= this.#parts.clock.after(0, () => this.commit());
    return promise;
  }

  /** The disk holds so many bytes less. */
  removed(): void {
    this.#held = this.#parts.table.totals().bytes;
  }

  /** Commits what has asked so far, without waiting for more. */
  commit(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    const group = this.#group;
    this.#group = [];
    this.#groupBytes = 0;
    this.#commit(group, Number.POSITIVE_INFINITY);
  }

  /** Returns the size from which on the disk takes nothing more. */
  #commit(group: readonly Request[], tooLarge: number): number {
    const [only] = group;
    if (only === undefined) return tooLarge;
    if (group.every(({ record }) => record.length >= tooLarge)) {
      for (const request of group) this.#refuse(request, this.#trouble);
      return tooLarge;
    }
    let places: readonly SpoolPlace[];
    try {
      places = this.#parts.table.append(group, Math.trunc(this.#parts.clock.now()));
    } catch (error) {
      this.#trouble = error;
      if (group.length > 1 && isDiskTrouble(error)) {
        const half = group.length >> 1;
        return this.#commit(group.slice(half), this.#commit(group.slice(0, half), tooLarge));
      }
      for (const request of group) this.#refuse(request, error);
      return isDiskTrouble(error) ? Math.min(tooLarge, only.record.length) : tooLarge;
    }
    this.#keep(group, places);
    return tooLarge;
  }

  #keep(group: readonly Request[], places: readonly SpoolPlace[]): void {
    const kept: Spooled[] = [];
    group.forEach(({ record, taken, resolve }, index) => {
      const place = places[index];
      if (place === undefined) return;
      if (place.added) {
        kept.push({ row: place.row, record });
        this.#held += record.length;
      }
      taken(place.row);
      resolve();
    });
    if (group.some(({ isProof }) => isProof)) {
      this.#noRoomFor = Number.POSITIVE_INFINITY;
      this.#events.works();
    }
    this.#events.kept(kept);
  }

  #refuse({ record, reject }: Request, cause: unknown): void {
    const error = asSpoolFull(cause, this.#bound(record.length, this.#held));
    this.#noRoom(record.length, error);
    reject(error);
  }

  /** What is in the spool already needs no room. */
  #unlessKept({ id, record, given }: NewSpooled, error: BucketcastError, taken: (row: number) => void): void {
    const row = given ? this.#parts.table.rowOf(id) : undefined;
    if (row === undefined) {
      this.#noRoom(record.length, error);
      throw error;
    }
    taken(row);
  }

  /** Why so many bytes more cannot be taken; `undefined` when they can. */
  #obstacle(bytes: number): BucketcastError | undefined {
    const { table, maxBytes, keepFreeBytes } = this.#parts;
    const held = this.#held + this.#groupBytes;
    if (held > 0 && held + bytes > maxBytes) return boundReached(this.#bound(bytes, held));
    if (this.#group.length === 0) this.#room = table.room();
    const room = this.#room - this.#groupBytes * diskShare;
    if (room - bytes * diskShare >= keepFreeBytes) {
      this.#isShort = false;
      return undefined;
    }
    // While there still is some: should others take that too, deleting what is in the bucket needs none then.
    if (!this.#isShort) table.makeRoom();
    this.#isShort = true;
    return diskIsShort(this.#bound(bytes, held), { room: Math.max(0, Math.floor(room)), keepFreeBytes });
  }

  #noRoom(bytes: number, error: unknown): void {
    this.#noRoomFor = Math.min(this.#noRoomFor, bytes);
    this.#events.refused(error);
  }

  #bound(bytes: number, held: number): SpoolBound {
    const { path, maxBytes } = this.#parts;
    return { path, bytes, held, maxBytes };
  }
}
