import type { Update } from '../../src/base/update.ts';
import { laneKey, segmentKey } from '../../src/log/keys.ts';
import { cappedHlc, type Standing, supersedes } from '../../src/log/newest-rule.ts';
import type { BucketcastNode } from '../../src/node.ts';
import type { FeedState } from '../../src/status/feed-state.ts';
import { indexName } from '../../src/status/index-standing.ts';
import type { LedgerEntry, Place } from '../ledger/entries.ts';
import { covers } from '../ledger/places.ts';
import { readerName } from '../ledger/recording-state.ts';

interface Stamped extends Standing {
  readonly url: string;
}

/**
 * Knows every update that anybody was given, and what the index of each server has lost and begins with; so at the end it can say which
 * update of a URL each has to answer with. The indexes deliver to nobody: what they write down stays out of the ledger.
 */
export class IndexWatch {
  readonly #putAt: (key: string) => number | undefined;
  readonly #updates = new Map<string, Stamped>();
  readonly #entries: LedgerEntry[] = [];

  /** `putAt`: when the store had an object first, ms since the epoch. */
  constructor(putAt: (key: string) => number | undefined) {
    this.#putAt = putAt;
  }

  /** Whether the entry is about an index, and so taken. */
  take(entry: LedgerEntry): boolean {
    if (!('reader' in entry) || !entry.reader.endsWith(`/${indexName}`)) return false;
    this.#entries.push(entry);
    return true;
  }

  delivered(update: Update): void {
    const { id, url, hlc, writer, lane, sequence, index } = update;
    const stamp = cappedHlc(hlc, this.#putAt(segmentKey(update, sequence)) ?? 0);
    this.#updates.set(`${laneKey(update)} ${sequence}.${index}`, {
      id,
      url,
      stamp,
      writer,
      lane,
      sequence,
      index,
    });
  }

  /** What is wrong with a server's index once it has read everything that `ledger` tells of. */
  wrongs(server: string, { state }: Pick<BucketcastNode, 'state'>, ledger: readonly LedgerEntry[]): string[] {
    const reader = readerName(server, indexName);
    const about = this.#entries.filter((entry) => 'reader' in entry && entry.reader === reader);
    // What was lost while it was away it cannot tell, nor can anybody here.
    if (about.some(({ type }) => type === 'unknown-loss')) return [];
    const begins = about.find((entry) => entry.type === 'subscribed')?.start ?? [];
    const isOwed = (place: Standing) =>
      !begins.some((start) => laneKey(start) === laneKey(place) && isBefore(place, start)) &&
      !about.some((entry) => entry.type === 'lost' && covers(entry, place));
    const wrongs: string[] = [];
    for (const url of new Set([...this.#updates.values()].map((update) => update.url))) {
      const all = [...this.#updates.values()].filter((update) => update.url === url);
      const row = state.get(url);
      if (row && !wasPublished(row, ledger))
        wrongs.push(`${reader}: ${url} is ${row.id}, which nobody published`);
      // One that was stamped anew stands in several places.
      const standing = all.find(({ id, writer }) => id === row?.id && writer === row.writer);
      // Of one that only its own server has read, the place is not known.
      if (row && !standing) continue;
      const newer = all.filter(isOwed).find((one) => !standing || supersedes(one, standing));
      if (newer) wrongs.push(`${reader}: ${url} is ${row?.id ?? 'unknown'}, but ${newer.id} is newer`);
    }
    return wrongs;
  }
}

function isBefore(place: Standing, start: Place): boolean {
  return place.sequence < start.sequence;
}

function wasPublished({ content, data }: FeedState, ledger: readonly LedgerEntry[]): boolean {
  const { token } = data as { token: string };
  const digest = JSON.stringify(content);
  return ledger.some((entry) => entry.type === 'called' && entry.token === token && entry.digest === digest);
}
