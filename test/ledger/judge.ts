import type { Book, Reader } from './book.ts';
import type { Acknowledged, Delivered, LedgerEntry, Place, Recovered, Replayed } from './entries.ts';
import { readSpooled, spooledCompleteness, spooledOrder } from './judge-spool.ts';
import { compare, covers, laneOf } from './places.ts';

export interface JudgeOptions {
  /** Servers that never came back: their readers are not expected to be complete. */
  readonly gone?: ReadonlySet<string>;
  /** The sinks write down what they accept. */
  readonly accepts?: boolean;
}

export interface Verdict {
  /** One sentence each; empty when the promises were kept. */
  readonly violations: readonly string[];
  readonly published: number;
  readonly durable: number;
  readonly delivered: number;
  readonly repeats: number;
  readonly lost: number;
}

/**
 * Proves from what was written down, in the order it was written, that
 * - every durable update reached every reader that may expect it, or is covered by a reported loss or a dead letter;
 * - what arrived is what was published, under one id;
 * - each lane arrived in order, and a repeat is only of what was not acknowledged;
 * - within a writer's lane, the order is that of the calls to `publish()`;
 * - nothing is acknowledged that its sink has not accepted, where sinks write that down.
 */
export function judge(entries: readonly LedgerEntry[], options: JudgeOptions = {}): Verdict {
  const book = readBook(entries, options.accepts ?? false);
  // Unless the bytes of what was left out went bad meanwhile: that is reported when the repeat is acknowledged.
  const skipped = book.skipped.filter(
    ({ reader, place }) => !reader.lost.some((lost) => covers(lost, place)),
  );
  const violations = [
    ...book.violations,
    ...skipped.map(({ violation }) => violation),
    ...publishOrder(book),
    ...spooledOrder(book),
    ...completeness(book, options.gone),
    ...spooledCompleteness(book, options.gone),
  ];
  return {
    violations,
    published: book.calls.size,
    durable: book.durable.size,
    delivered: book.deliveries,
    repeats: book.repeats,
    lost: [...book.readers.values()].reduce((sum, reader) => sum + reader.lost.length, 0),
  };
}

function readBook(entries: readonly LedgerEntry[], accepts: boolean): Book {
  const book: Book = {
    calls: new Map(),
    durable: new Map(),
    spooled: readSpooled(entries),
    readers: new Map(),
    excused: new Map(),
    skipped: [],
    violations: [],
    deliveries: 0,
    repeats: 0,
  };
  for (const entry of entries) {
    switch (entry.type) {
      case 'called':
        book.calls.set(entry.token, { order: book.calls.size, server: entry.server, digest: entry.digest });
        break;
      case 'durable':
        book.durable.set(entry.token, entry);
        break;
      case 'spooled':
        break;
      case 'rejected':
        break;
      case 'subscribed':
        if (!book.readers.has(entry.reader)) {
          const start = new Map(entry.start.map((place) => [laneOf(place), place]));
          book.readers.set(entry.reader, newReader(entry.server, start));
        }
        break;
      case 'delivered':
        takeDelivery(book, entry);
        break;
      case 'acknowledged':
        takeAcknowledgement(book, entry, accepts);
        break;
      case 'accepted':
        readerOf(book, entry.reader).accepted.add(entry.token);
        break;
      case 'lost':
        readerOf(book, entry.reader).lost.push(entry);
        break;
      case 'failed':
        book.violations.push(entry.what);
        break;
      case 'dead':
        readerOf(book, entry.reader).dead.add(entry.token);
        break;
      case 'replayed':
        takeReplay(book, entry);
        break;
      case 'recovered':
        takeRecovered(book, entry);
        break;
      case 'filled':
        break;
      case 'unknown-loss':
        book.excused.set(entry.reader, new Set([...book.durable.keys(), ...book.spooled.keys()]));
        break;
    }
  }
  return book;
}

function takeAcknowledgement(book: Book, entry: Acknowledged, accepts: boolean): void {
  const reader = readerOf(book, entry.reader);
  const lane = laneOf(entry);
  const before = reader.acknowledged.get(lane);
  if (before && compare(entry, before) < 0) {
    book.violations.push(
      `${entry.reader}: the position of ${lane} went back from ${at(before)} to ${at(entry)}`,
    );
  }
  reader.acknowledged.set(lane, entry);
  if (!accepts) return;
  for (const place of reader.places.get(lane) ?? []) {
    if ((before && compare(place, before) < 0) || compare(place, entry) >= 0) continue;
    const givenUp = reader.dead.has(place.token) || reader.lost.some((lost) => covers(lost, place));
    if (givenUp || reader.accepted.has(place.token)) continue;
    book.violations.push(
      `${entry.reader}: ${place.token} at ${lane} ${at(place)} was acknowledged, but its sink had not accepted it`,
    );
  }
}

/** Only what was given up before may come outside of the lane's order. */
function takeReplay(book: Book, { reader: name, token, digest }: Replayed): void {
  const reader = readerOf(book, name);
  const durable = book.durable.get(token);
  const places = durable === undefined ? (book.spooled.get(token)?.places ?? []) : [durable];
  const wasLost = reader.lost.some((lost) => places.some((place) => covers(lost, place)));
  if (!reader.dead.has(token) && !wasLost)
    book.violations.push(`${name}: ${token} was replayed, but not lost`);
  if (book.calls.get(token)?.digest !== digest)
    book.violations.push(`${name}: ${token} was replayed, and differs from what was published`);
}

/** Only of what was reported to be gone. */
function takeRecovered(book: Book, entry: Recovered): void {
  const { reader, token, digest } = entry;
  if (!readerOf(book, reader).lost.some((lost) => lost.reason === 'expired' && covers(lost, entry)))
    book.violations.push(`${reader}: ${token} was recovered, but not expired`);
  if (book.calls.get(token)?.digest !== digest)
    book.violations.push(`${reader}: ${token} was recovered, and differs from what was published`);
}

function takeDelivery(book: Book, entry: Delivered): void {
  const reader = readerOf(book, entry.reader);
  const lane = laneOf(entry);
  const say = (what: string) =>
    book.violations.push(`${entry.reader}: ${entry.token} at ${lane} ${at(entry)} ${what}`);
  book.deliveries += 1;
  if (reader.tokens.has(entry.token)) book.repeats += 1;
  reader.tokens.add(entry.token);

  const call = book.calls.get(entry.token);
  if (!call) say('was never published');
  else if (call.digest !== entry.digest) say('differs from what was published');
  const durable = book.durable.get(entry.token) ?? book.spooled.get(entry.token);
  if (durable && durable.id !== entry.id) say(`has id ${entry.id}, published as ${durable.id}`);

  const acknowledged = reader.acknowledged.get(lane);
  if (acknowledged && compare(entry, acknowledged) < 0)
    say(`came again after ${at(acknowledged)} was acknowledged`);
  const places = reader.places.get(lane) ?? [];
  reader.places.set(lane, places);
  const furthest = places.at(-1);
  const isNew = !furthest || compare(entry, furthest) > 0;
  if (!isNew && !places.some((place) => compare(place, entry) === 0))
    say(`came after the later ${at(furthest)}`);
  // A repeat starts over at the acknowledged place and leaves nothing out that it delivered before.
  const last = reader.last.get(lane);
  const goesOn = last && last.session === entry.session && compare(entry, last) > 0;
  const straightOn = goesOn && isNew && furthest && compare(last, furthest) === 0;
  const skipped = straightOn
    ? undefined
    : places.find(
        (place) =>
          compare(place, entry) < 0 &&
          (goesOn ? compare(place, last) > 0 : !acknowledged || compare(place, acknowledged) >= 0),
      );
  if (skipped) {
    const what = `${entry.token} at ${lane} ${at(entry)} was repeated without the unacknowledged ${at(skipped)} before it`;
    book.skipped.push({ reader, place: skipped, violation: `${entry.reader}: ${what}` });
  }
  if (isNew) places.push(entry);
  reader.last.set(lane, entry);
}

/** Within one lane of one writer, places follow the order of the calls. */
function publishOrder(book: Book): string[] {
  const lanes = new Map<string, { order: number; sequence: number; token: string }[]>();
  for (const [token, durable] of book.durable) {
    const call = book.calls.get(token);
    if (!call) continue;
    const lane = `${durable.writer}/${durable.lane}`;
    const list = lanes.get(lane) ?? [];
    list.push({ order: call.order, sequence: durable.sequence, token });
    lanes.set(lane, list);
  }
  const violations: string[] = [];
  for (const [lane, list] of lanes) {
    list.sort((a, b) => a.order - b.order);
    for (let i = 1; i < list.length; i++) {
      const [before, after] = [list[i - 1]!, list[i]!];
      if (after.sequence < before.sequence) {
        violations.push(`${lane}: ${after.token} was published after ${before.token} but stands before it`);
      }
    }
  }
  return violations;
}

function completeness(book: Book, gone: ReadonlySet<string> | undefined): string[] {
  const violations: string[] = [];
  for (const [name, reader] of book.readers) {
    if (gone?.has(reader.server)) continue;
    for (const [token, durable] of book.durable) {
      if (book.calls.get(token)?.server === reader.server) continue;
      if (reader.tokens.has(token) || reader.dead.has(token)) continue;
      if (book.excused.get(name)?.has(token)) continue;
      const start = reader.start.get(`${durable.writer}/${durable.lane}`);
      if (start && durable.sequence < start.sequence) continue;
      if (reader.lost.some((lost) => covers(lost, durable))) continue;
      violations.push(
        `${name}: ${token} (${durable.writer}/${durable.lane} #${durable.sequence}) never arrived and no loss was reported`,
      );
    }
  }
  return violations;
}

function readerOf(book: Book, name: string): Reader {
  const known = book.readers.get(name);
  if (known) return known;
  book.violations.push(`${name}: delivered before its subscription existed`);
  const reader = newReader('', new Map());
  book.readers.set(name, reader);
  return reader;
}

function newReader(server: string, start: Map<string, Place>): Reader {
  return {
    server,
    start,
    tokens: new Set(),
    dead: new Set(),
    accepted: new Set(),
    lost: [],
    last: new Map(),
    places: new Map(),
    acknowledged: new Map(),
  };
}

function at(place: Place): string {
  return `#${place.sequence}.${place.index}`;
}
