import { errorMessage } from '../base/error-message.ts';
import { isBucketcastError, PoisonError } from '../base/errors.ts';
import { isSameUpdate, type Update } from '../base/update.ts';
import { laneKey, segmentKey } from '../log/keys.ts';
import type { DecodedSegment } from '../log/segment.ts';
import type { Advance, LanePosition, NewDeadLetter } from '../state/state.ts';
import type { LaneEntry } from './lane-entries.ts';

/**
 * One batch on its way through a sink: entries of one or several lanes, each lane in order. Entries before
 * `done` are acknowledged (or need nothing) and committed; updates that the sink blamed stand in `poisoned`.
 *
 * | phase | updates |
 * |---|---|
 * | handing over | `pendingUpdates` are with the sink |
 * | acknowledged in part | `done` moved; the rest stays pending |
 * | one by one (`singly`) | the sink blamed some update of several without saying which |
 * | complete | `done` is the end; the next batch may come |
 */
export interface Delivery {
  readonly entries: readonly LaneEntry[];
  readonly done: number;
  readonly singly: boolean;
  /** Why the sink refused the update of this entry. */
  readonly poisoned: ReadonlyMap<LaneEntry, string>;
}

export interface Acknowledged {
  readonly delivery: Delivery;
  /** What has to be committed, all or nothing; empty when nothing moved. */
  readonly change: Advance;
}

export function newDelivery(entries: readonly LaneEntry[]): Delivery {
  return { entries, done: 0, singly: false, poisoned: new Map() };
}

export function isComplete(delivery: Delivery): boolean {
  return delivery.done >= delivery.entries.length;
}

/** The place in `entries` of the first of `pendingUpdates`; their end without any. */
export function firstPending(delivery: Delivery): number {
  const { entries, done } = delivery;
  let at = done;
  while (at < entries.length && needsNothing(entries[at] as LaneEntry, delivery)) at += 1;
  return at;
}

/** Where the entries end that `pendingUpdates` are of. */
export function pendingEnd(delivery: Delivery): number {
  return delivery.singly ? firstPending(delivery) + 1 : delivery.entries.length;
}

/** What the sink gets next: everything unacknowledged and not blamed; one update when it goes `singly`. */
export function pendingUpdates(delivery: Delivery): Update[] {
  const pending: Update[] = [];
  for (let at = delivery.done; at < delivery.entries.length; at += 1) {
    const entry = delivery.entries[at] as LaneEntry;
    if (entry.type !== 'update' || needsNothing(entry, delivery)) continue;
    pending.push(entry.update);
    if (delivery.singly) break;
  }
  return pending;
}

/** Updates of entries `[from, to)` that the sink took. */
export function takenUpdates(delivery: Delivery, from: number, to: number): number {
  const { entries } = delivery;
  let count = 0;
  for (let at = from; at < to; at += 1) {
    if (!needsNothing(entries[at] as LaneEntry, delivery)) count += 1;
  }
  return count;
}

/** The same updates themselves. */
export function takenOf(delivery: Delivery, from: number, to: number): Update[] {
  return delivery.entries
    .slice(from, to)
    .flatMap((entry) => (entry.type === 'update' && !needsNothing(entry, delivery) ? [entry.update] : []));
}

/**
 * Acknowledges everything up to and including `upTo`, and steps over what needs no acknowledgement after it
 * (losses, tombstones, blamed updates). Without `upTo` only the latter. An update acknowledged before, or of
 * another batch, moves nothing.
 */
export function acknowledge(
  delivery: Delivery,
  upTo: Update | undefined,
  subscription: string,
): Acknowledged {
  const { entries, done } = delivery;
  let end = done;
  if (upTo !== undefined) {
    const at = placeOf(upTo, entries, done);
    if (at >= 0) end = at + 1;
  }
  for (let entry = entries[end]; entry !== undefined && needsNothing(entry, delivery); entry = entries[end])
    end += 1;
  if (end === done) return { delivery, change: {} };

  const deadLetters: NewDeadLetter[] = [];
  for (let at = done; at < end; at += 1) {
    const letter = deadLetterOf(entries[at] as LaneEntry, delivery, subscription);
    if (letter !== undefined) deadLetters.push(letter);
  }
  return {
    delivery: { ...delivery, done: end },
    change: { positions: placesAfter(entries, done, end), deadLetters },
  };
}

/** The places of the lanes behind entries `[from, to)`. Entries of a lane come in runs, of which only the last counts. */
function placesAfter(entries: readonly LaneEntry[], from: number, to: number): LanePosition[] {
  const places = new Map<string, LanePosition>();
  for (let at = from; at < to; at += 1) {
    const { after } = entries[at] as LaneEntry;
    const next = at + 1 < to ? entries[at + 1]?.after : undefined;
    if (next?.writer !== after.writer || next.lane !== after.lane) places.set(laneKey(after), after);
  }
  return [...places.values()];
}

/** What to do about an error that the sink threw: hand over again without the blamed, or wait. */
export type Blame = { readonly type: 'again'; readonly delivery: Delivery } | { readonly type: 'pause' };

export function blame(delivery: Delivery, error: unknown): Blame {
  const pending = unacknowledged(delivery);
  if (pending.length === 0) return { type: 'pause' };
  if (error instanceof PoisonError) {
    const named = error.update;
    const [first] = pending as [UpdateEntry];
    const blamed =
      (named === undefined ? undefined : pending[placeOf(named, pending, 0)]) ??
      (pending.length === 1 || delivery.singly ? first : undefined);
    if (blamed === undefined) return { type: 'again', delivery: { ...delivery, singly: true } };
    return { type: 'again', delivery: withPoisoned(delivery, [[blamed, error.message]]) };
  }
  if (!isBucketcastError(error, 'corrupt')) return { type: 'pause' };
  const unreadable = pending.flatMap((entry): [LaneEntry, string][] => {
    const reason = unreadableReason(entry.update);
    return reason === undefined ? [] : [[entry, reason]];
  });
  if (unreadable.length === 0) return { type: 'pause' };
  return { type: 'again', delivery: withPoisoned(delivery, unreadable) };
}

/** A dead letter for every update that the sink blamed. */
export function poisonLetters(delivery: Delivery, subscription: string): NewDeadLetter[] {
  return [...delivery.poisoned.keys()].flatMap((entry) => deadLetterOf(entry, delivery, subscription) ?? []);
}

type UpdateEntry = Extract<LaneEntry, { type: 'update' }>;

function unacknowledged(delivery: Delivery): UpdateEntry[] {
  return delivery.entries
    .slice(delivery.done)
    .filter((entry): entry is UpdateEntry => entry.type === 'update' && !delivery.poisoned.has(entry));
}

function withPoisoned(delivery: Delivery, more: readonly (readonly [LaneEntry, string])[]): Delivery {
  return { ...delivery, poisoned: new Map([...delivery.poisoned, ...more]) };
}

function needsNothing(entry: LaneEntry, { poisoned }: Delivery): boolean {
  return entry.type !== 'update' || (poisoned.size > 0 && poisoned.has(entry));
}

/** Values are parsed when they are read, so bad JSON shows itself only inside the sink. */
function unreadableReason(update: Update): string | undefined {
  try {
    void update.content;
    void update.data;
    return undefined;
  } catch (error) {
    return errorMessage(error);
  }
}

/** The entry of an update, from `from` on: of the very one, else of a copy of it; -1 without one. */
function placeOf(update: Update, entries: readonly LaneEntry[], from: number): number {
  // Mostly all of a batch is acknowledged at once.
  const last = entries.length - 1;
  if (last >= from && isUpdate(entries[last], update)) return last;
  // From there on only: a sink may acknowledge the updates of a large batch one by one.
  const find = (is: (other: Update) => boolean) => {
    for (let at = from; at < entries.length; at += 1) {
      const entry = entries[at] as LaneEntry;
      if (entry.type === 'update' && is(entry.update)) return at;
    }
    return -1;
  };
  const itself = find((other) => other === update);
  return itself >= 0 ? itself : find((other) => isSameUpdate(other, update));
}

function isUpdate(entry: LaneEntry | undefined, update: Update): boolean {
  return entry?.type === 'update' && entry.update === update;
}

function deadLetterOf(entry: LaneEntry, delivery: Delivery, subscription: string): NewDeadLetter | undefined {
  if (entry.type === 'skip' || (entry.type === 'update' && delivery.poisoned.size === 0)) return undefined;
  const { writer, lane } = entry.after;
  if (entry.type === 'lost') {
    const { reason, from, to, message, bytes, recover } = entry.loss;
    const key = segmentKey({ writer, lane }, from);
    const letter = { subscription, writer, lane, reason, message, sequence: from, endSequence: to, key };
    return { ...letter, ...(bytes && { bytes }), ...(recover && { recover }) };
  }
  const message = delivery.poisoned.get(entry);
  if (message === undefined) return undefined;
  const { sequence, index, url, id } = entry.update;
  return {
    subscription,
    writer,
    lane,
    reason: 'poison',
    message,
    sequence,
    endSequence: sequence + 1,
    index,
    key: segmentKey({ writer, lane }, sequence),
    url,
    updateId: id,
    bytes: recordBytes(entry.record, index),
  };
}

function recordBytes(record: DecodedSegment | Uint8Array, index: number): Uint8Array {
  return record instanceof Uint8Array
    ? record
    : record.bytes.slice(record.offsets[index], record.offsets[index + 1]);
}
