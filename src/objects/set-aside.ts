import { isBucketcastError } from '../base/errors.ts';
import { HOUR } from '../config/units.ts';
import type { PendingObject } from '../state/object-table.ts';
import type { IntakeTrouble } from './intake-status.ts';

/** An object that the store refuses: it waits without bytes of the budget, and without a fetch of the others' share. */
export interface RefusedObject {
  readonly pending: PendingObject;
  readonly trouble: IntakeTrouble;
  /** When it was refused first, monotonic ms. */
  readonly since: number;
  /** Whether the store has answered for another one between two refusals of this one. */
  readonly alone: boolean;
  /** What the store said last. */
  readonly error: unknown;
}

export interface SetAsideParts {
  readonly clock: { monotonic(): number; after(ms: number, action: () => void): () => void };
  /** One is due. */
  changed(): void;
}

/** So many at once: each costs a request now and then. */
const mostAside = 1000;
/** How long refusals of everything are taken for the credentials' fault, which somebody is about to mend. */
const patienceMs = HOUR;

/** What the store refuses, each until it is due to be tried again, the one that is due longest first. */
export class SetAside {
  readonly #parts: SetAsideParts;
  /** By row. */
  readonly #refused = new Map<number, RefusedObject>();
  readonly #cancels = new Map<number, () => void>();
  readonly #due = new Set<number>();

  constructor(parts: SetAsideParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#refused.size;
  }

  get isFull(): boolean {
    return this.#refused.size >= mostAside;
  }

  get all(): Iterable<RefusedObject> {
    return this.#refused.values();
  }

  add(refused: RefusedObject): void {
    const { clock } = this.#parts;
    const { row } = refused.pending;
    this.#refused.set(row, refused);
    const isDue = () => {
      this.#cancels.delete(row);
      this.#due.add(row);
      this.#parts.changed();
    };
    this.#cancels.set(row, clock.after(refused.trouble.retryAt - clock.monotonic(), isDue));
  }

  /** One that is to be tried again. */
  get due(): RefusedObject | undefined {
    const [row] = this.#due;
    return row === undefined ? undefined : this.#refused.get(row);
  }

  remove({ pending: { row } }: RefusedObject): void {
    this.#cancels.get(row)?.();
    this.#cancels.delete(row);
    this.#due.delete(row);
    this.#refused.delete(row);
  }

  /**
   * One that is refused for its own sake: it is archived, was refused again when the store had answered for another, or has
   * been refused for an hour; the longest such. Credentials that are bad for a while make no dead letters of everything.
   */
  get hopeless(): RefusedObject | undefined {
    const now = this.#parts.clock.monotonic();
    let longest: RefusedObject | undefined;
    for (const refused of this.#refused.values()) {
      if (longest !== undefined && longest.since <= refused.since) continue;
      if (refused.alone || isArchived(refused.error) || now - refused.since >= patienceMs) longest = refused;
    }
    return longest;
  }

  clear(): void {
    for (const cancel of this.#cancels.values()) cancel();
    this.#cancels.clear();
    this.#due.clear();
    this.#refused.clear();
  }
}

/** It stands in a storage class that has to be asked for it days ahead. */
function isArchived(error: unknown): boolean {
  return isBucketcastError(error) && error.details['s3Code'] === 'InvalidObjectState';
}
