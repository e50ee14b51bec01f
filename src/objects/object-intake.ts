import { backoffMs } from '../base/backoff.ts';
import { isBucketcastError } from '../base/errors.ts';
import { Fifo } from '../base/fifo.ts';
import type { Random } from '../base/random.ts';
import type { Settings } from '../config/settings.ts';
import { KiB } from '../config/units.ts';
import type { Budget } from '../coordinate/fetch-planner.ts';
import type { LaneEntry } from '../coordinate/lane-entries.ts';
import type { PendingObject } from '../state/object-table.ts';
import { type IntakeTrouble, intakeStatus } from './intake-status.ts';
import { fetchedEntry, type LeftOutCopies, lostEntry, type ObjectInHand } from './object-entries.ts';
import { fetchObject, type ObjectFetchParts } from './object-fetch.ts';
import { type RefusedObject, SetAside } from './set-aside.ts';

/** An object that is to be delivered, or to become a dead letter. */
export interface ReadyObject {
  readonly pending: PendingObject;
  readonly object: ObjectInHand;
  readonly entry: LaneEntry;
  readonly bytes: number;
}

export interface IntakeParts extends Omit<ObjectFetchParts, 'clock' | 'retry'> {
  readonly clock: ObjectFetchParts['clock'] & {
    monotonic(): number;
    after(ms: number, action: () => void): () => void;
  };
  readonly random: Random;
  readonly retry: Settings['retry'];
  readonly prefix: string;
  /** `objects.maxBytes` */
  readonly maxBytes: number;
  readonly skipCopies: LeftOutCopies | undefined;
  /** Pending objects after a row, in order. */
  take(after: number, limit: number): readonly PendingObject[];
  changed(): void;
  /** Something threw that was not the store. */
  broken(error: unknown): void;
}

/** An object that is being fetched, or waits to be tried again. */
interface Underway {
  readonly pending: PendingObject;
  readonly bytes: number;
  trouble: IntakeTrouble | undefined;
  /** Of one that the store has refused. */
  readonly refusedSince: number | undefined;
}

const pageSize = 200;
/** What an object costs in memory beside its bytes. */
const overhead = KiB;
/** How long what has arrived waits for more, while more is on its way: each batch is a commit, which is an fsync. */
const gatherMs = 100;

/** Takes pending objects, fetches them within a budget, and has them ready to be delivered, in whatever order they come. */
export class ObjectIntake {
  readonly #parts: IntakeParts;
  readonly #queue = new Fifo<PendingObject>();
  readonly #underway = new Map<number, Underway>();
  #ready: ReadyObject[] = [];
  #readyBytes = 0;
  #underwayBytes = 0;
  readonly #aside: SetAside;
  #triedAside = false;
  /** When the store last answered for an object, monotonic ms. */
  #answeredAt = Number.NEGATIVE_INFINITY;
  /** Everything up to this row was taken. */
  #row = 0;
  #ripe = false;
  #cancelRipening: (() => void) | undefined;
  #controller = new AbortController();

  constructor(parts: IntakeParts) {
    this.#parts = parts;
    this.#aside = new SetAside(parts);
  }

  get bytes(): number {
    return this.#readyBytes + this.#underwayBytes;
  }

  /** Objects that were taken and not handed over. */
  get taken(): number {
    return this.#underway.size + this.#aside.size + this.#ready.length;
  }

  /** Begins as many fetches as the budget has room for, beside `bytesElsewhere` that the sink has. */
  plan(budget: Budget, bytesElsewhere: number, maxBatch: number): void {
    const room = 2 * maxBatch + budget.fetches;
    while (this.#underway.size + this.#ready.length < room && this.#underway.size < budget.fetches) {
      const again = this.#again();
      const next = again?.pending ?? this.#peek();
      if (next === undefined) break;
      const bytes = overhead + (next.size > this.#parts.maxBytes ? 0 : next.size);
      const held = this.bytes + bytesElsewhere;
      if (held > 0 && held + bytes > budget.bytes) break;
      this.#triedAside = again !== undefined;
      if (again === undefined) this.#queue.shift();
      else this.#aside.remove(again);
      if (next.size > this.#parts.maxBytes) this.#refuse(next);
      else this.#begin({ pending: next, bytes, trouble: again?.trouble, refusedSince: again?.since });
    }
  }

  /** What has arrived, at most `limit`; nothing while it is worth waiting for more. */
  gather(limit: number): readonly ReadyObject[] {
    if (this.#ready.length === 0) return [];
    if (this.#ready.length < limit && this.#underway.size > 0 && !this.#ripe) {
      this.#cancelRipening ??= this.#parts.clock.after(gatherMs, () => {
        this.#ripe = true;
        this.#parts.changed();
      });
      return [];
    }
    this.#stopRipening();
    const gathered = this.#ready.slice(0, limit);
    this.#ready = this.#ready.slice(limit);
    for (const { bytes } of gathered) this.#readyBytes -= bytes;
    return gathered;
  }

  /** Forgets what is under way; taking begins at the first row that is pending. */
  reset(): void {
    this.#controller.abort();
    this.#controller = new AbortController();
    this.#stopRipening();
    this.#queue.clear();
    this.#underway.clear();
    this.#ready = [];
    this.#readyBytes = 0;
    this.#underwayBytes = 0;
    this.#aside.clear();
    this.#row = 0;
  }

  /** `untaken`: pending objects that nobody has. */
  status(untaken: number, budget: Budget, bytesElsewhere: number) {
    const held = this.bytes + bytesElsewhere;
    return intakeStatus({
      fetches: this.#underway.size,
      troubles: [...this.#underway.values(), ...this.#aside.all].map(({ pending, trouble }) => ({
        key: pending.key,
        trouble,
      })),
      ready: this.#ready.length,
      untaken,
      hasSlot: this.#underway.size < budget.fetches && !this.#aside.isFull,
      tight: held > 0 && held + overhead + (this.#queue.peek()?.size ?? 0) > budget.bytes,
      bytesHeld: this.bytes,
    });
  }

  /** One that was refused before, by turns with those that are new. */
  #again(): RefusedObject | undefined {
    const { due } = this.#aside;
    return this.#triedAside && this.#peek() !== undefined ? undefined : due;
  }

  /** None while too many are set aside and each of them may be read yet. */
  #peek(): PendingObject | undefined {
    while (this.#aside.isFull) {
      const hopeless = this.#aside.hopeless;
      if (hopeless === undefined) return undefined;
      this.#giveUp(hopeless);
    }
    if (this.#queue.size === 0) {
      const page = this.#parts.take(this.#row, pageSize);
      for (const object of page) this.#queue.push(object);
      this.#row = page.at(-1)?.row ?? this.#row;
    }
    return this.#queue.peek();
  }

  #refuse(pending: PendingObject): void {
    const object = this.#inHand(pending);
    const entry = lostEntry(object, { status: 'too-large' }, pending.size, this.#parts.maxBytes);
    this.#arrived({ pending, object, entry, bytes: overhead });
  }

  #giveUp(refused: RefusedObject): void {
    const { pending, error } = refused;
    this.#aside.remove(refused);
    const object = this.#inHand(pending);
    const entry = lostEntry(object, { status: 'refused', error }, pending.size, this.#parts.maxBytes);
    this.#arrived({ pending, object, entry, bytes: overhead });
  }

  #begin(underway: Underway): void {
    const { pending, bytes } = underway;
    const { signal } = this.#controller;
    this.#underway.set(pending.row, underway);
    this.#underwayBytes += bytes;
    this.#fetch(underway, signal).then(
      (outcome) => {
        if (signal.aborted) return;
        this.#underway.delete(pending.row);
        this.#underwayBytes -= bytes;
        if ('entry' in outcome) this.#arrived(outcome);
        else this.#aside.add(outcome);
        this.#parts.changed();
      },
      (error: unknown) => {
        if (!signal.aborted) this.#parts.broken(error);
      },
    );
  }

  #arrived(ready: ReadyObject): void {
    this.#ready.push(ready);
    this.#readyBytes += ready.bytes;
  }

  /** Tries until there is an answer. A refusal is set aside. */
  async #fetch(underway: Underway, signal: AbortSignal): Promise<ReadyObject | RefusedObject> {
    const { clock, random, retry, maxBytes, skipCopies } = this.#parts;
    const { pending } = underway;
    const object = this.#inHand(pending);
    const { key, size, lastModified } = pending;
    const task = { key, size, lastModified, digest: object.digest };
    for (let failures = underway.trouble?.tries ?? 0; ; failures += 1) {
      try {
        const outcome = await fetchObject(task, this.#parts, signal, (tries, retryInMs) =>
          this.#trouble(underway, 'corrupt', tries, retryInMs),
        );
        this.#answeredAt = clock.monotonic();
        if (outcome.status !== 'fetched') {
          const entry = lostEntry(object, outcome, size, maxBytes);
          return { pending, object, entry, bytes: overhead + bytesOf(outcome) };
        }
        const entry = fetchedEntry(object, outcome, skipCopies);
        const read = { ...object, server: outcome.server };
        return { pending, object: read, entry, bytes: overhead + outcome.record.byteLength };
      } catch (error) {
        if (signal.aborted || !isBucketcastError(error)) throw error;
        const retryInMs = retry.baseMs + backoffMs(failures, retry, random);
        const trouble = this.#trouble(underway, 'store', failures + 1, retryInMs);
        if (error.code === 'store-refused') return this.#refused({ ...underway, trouble }, error);
        this.#parts.changed();
        await clock.sleep(retryInMs, signal);
      }
    }
  }

  #refused(
    { pending, trouble, refusedSince }: Underway & { trouble: IntakeTrouble },
    error: unknown,
  ): RefusedObject {
    const since = refusedSince ?? this.#parts.clock.monotonic();
    const alone = refusedSince !== undefined && this.#answeredAt >= refusedSince;
    return { pending, trouble, since, alone, error };
  }

  #trouble(underway: Underway, kind: 'store' | 'corrupt', tries: number, retryInMs: number): IntakeTrouble {
    const now = this.#parts.clock.monotonic();
    const { trouble } = underway;
    const since = trouble?.kind === kind ? trouble.since : now;
    underway.trouble = { kind, tries, since, retryAt: now + retryInMs };
    return underway.trouble;
  }

  #inHand({ row, key, digest }: PendingObject): ObjectInHand {
    return {
      token: `row/${row}`,
      key,
      digest: Buffer.from(digest).toString('hex'),
      prefix: this.#parts.prefix,
    };
  }

  #stopRipening(): void {
    this.#cancelRipening?.();
    this.#cancelRipening = undefined;
    this.#ripe = false;
  }
}

function bytesOf(outcome: object): number {
  return 'bytes' in outcome ? (outcome.bytes as Uint8Array).byteLength : 0;
}
