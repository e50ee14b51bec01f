import type { Book, SpooledUpdate } from './book.ts';
import type { LedgerEntry, Place } from './entries.ts';
import { compare, covers, laneOf } from './places.ts';

export function readSpooled(entries: readonly LedgerEntry[]): Map<string, SpooledUpdate> {
  const spooled = new Map<string, SpooledUpdate>();
  const readers = new Set<string>();
  for (const [at, entry] of entries.entries()) {
    if (entry.type === 'subscribed') readers.add(entry.reader);
    if (entry.type === 'spooled')
      spooled.set(entry.token, { id: entry.id, at, places: [], readers: new Set(readers) });
  }
  for (const entry of entries) {
    if (entry.type !== 'delivered') continue;
    const { writer, lane, sequence, index } = entry;
    const place = { writer, lane, sequence, index };
    const places = spooled.get(entry.token)?.places;
    if (places?.some((known) => laneOf(known) === laneOf(place) && compare(known, place) === 0)) continue;
    places?.push(place);
  }
  return spooled;
}

/** Within one lane of one writer, places follow the order of the calls. */
export function spooledOrder({ spooled, calls }: Book): string[] {
  const lanes = new Map<
    string,
    { readonly order: number; readonly token: string; readonly place: Place }[]
  >();
  for (const [token, { places }] of spooled) {
    const order = calls.get(token)?.order ?? 0;
    for (const place of places) {
      const lane = lanes.get(laneOf(place)) ?? [];
      lanes.set(laneOf(place), [...lane, { order, token, place }]);
    }
  }
  const violations: string[] = [];
  for (const [lane, found] of lanes) {
    const inPlace = found.toSorted((a, b) => compare(a.place, b.place));
    inPlace.forEach(({ order, token }, index) => {
      const before = inPlace[index - 1];
      if (before && before.order > order)
        violations.push(`${lane}: ${token} was spooled before ${before.token} but stands after it`);
    });
  }
  return violations;
}

/**
 * What is spooled reaches every reader, unless its server never came back. One that nobody found has no known place: it is
 * expected by every reader that was there before it and has lost nothing.
 */
export function spooledCompleteness(book: Book, gone: ReadonlySet<string> | undefined): string[] {
  const violations: string[] = [];
  for (const [token, update] of book.spooled) {
    const server = book.calls.get(token)?.server ?? '';
    if (gone?.has(server)) continue;
    for (const [name, reader] of book.readers) {
      if (reader.server === server || gone?.has(reader.server)) continue;
      if (reader.tokens.has(token) || reader.dead.has(token) || book.excused.get(name)?.has(token)) continue;
      const mayMiss = (place: Place) =>
        reader.lost.some((lost) => covers(lost, place)) ||
        place.sequence < (reader.start.get(laneOf(place))?.sequence ?? 0);
      const isOwed =
        update.places.length > 0
          ? !update.places.some(mayMiss)
          : update.readers.has(name) && reader.lost.length === 0;
      if (isOwed) violations.push(`${name}: ${token} was spooled, never arrived, and no loss was reported`);
    }
  }
  return violations;
}
