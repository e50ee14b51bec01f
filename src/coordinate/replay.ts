import { BucketcastError } from '../base/errors.ts';
import { MiB } from '../config/units.ts';
import { type LaneId, segmentKey } from '../log/keys.ts';
import { readRecord, readUpdate } from '../log/record.ts';
import type { DecodedSegment } from '../log/segment.ts';
import type { SegmentFetcher } from '../log/segment-fetcher.ts';
import type { DeadLetter, NewDeadLetter } from '../state/state.ts';
import type { ObjectStore } from '../store/object-store.ts';
import type { LaneEntry } from './lane-entries.ts';
import { segmentsAfter } from './lane-listing.ts';
import { segmentBytes } from './lane-state.ts';

/** What a dead letter comes to when somebody asked for it again. */
export interface Replay {
  readonly letter: DeadLetter;
  /** What can be delivered now. */
  readonly entries: readonly LaneEntry[];
  /** What still cannot; becomes dead letters again. */
  readonly still: readonly NewDeadLetter[];
  /** The part of a long range that was not looked at yet; stays marked for replay. */
  readonly rest: NewDeadLetter | undefined;
}

export interface ReplayParts {
  readonly fetcher: SegmentFetcher;
  readonly store: Pick<ObjectStore, 'list'>;
}

/** Segments looked at for one replay. */
const segmentsAtOnce = 16;
/** What a replay has in memory beside the lanes: no segment is fetched once there is so much. */
const bytesAtOnce = 4 * MiB;

/**
 * Poison comes from the stored record; segments are fetched afresh. Throws when the store does not answer, and
 * `unknown-key` or `newer-format` for a segment that cannot be read yet: the letter then stays marked.
 */
export async function prepareReplay(
  letter: DeadLetter,
  parts: ReplayParts,
  signal?: AbortSignal,
): Promise<Replay> {
  if (letter.reason === 'poison' && letter.bytes !== undefined) {
    return { letter, entries: [recordEntry(letter, letter.bytes)], still: [], rest: undefined };
  }
  const id: LaneId = { writer: letter.writer, lane: letter.lane };
  const { sequences, end: last } = await candidates(letter, parts.store, signal);
  const entries: LaneEntry[] = [];
  const still: NewDeadLetter[] = [];
  let from = letter.sequence;
  let end = last;
  let bytes = 0;
  for (const sequence of sequences) {
    const key = segmentKey(id, sequence);
    const outcome = await parts.fetcher.fetch({ ...id, key, sequence }, signal);
    if (outcome.status === 'unknown-key')
      throw new BucketcastError('unknown-key', `${key} is sealed with ${outcome.keyId}`);
    if (outcome.status === 'newer-format')
      throw new BucketcastError('newer-format', `${key} has format ${outcome.version}`);
    if (outcome.status !== 'fetched') continue;
    if (sequence > from) still.push(part(letter, from, sequence));
    entries.push(...segmentEntries(id, sequence, outcome.segment));
    from = sequence + 1;
    bytes += segmentBytes(outcome.segment);
    if (bytes < bytesAtOnce) continue;
    end = from;
    break;
  }
  if (end > from) still.push(part(letter, from, end));
  return {
    letter,
    entries,
    still,
    rest: end < letter.endSequence ? { ...part(letter, end, letter.endSequence), replay: true } : undefined,
  };
}

async function candidates(letter: DeadLetter, store: Pick<ObjectStore, 'list'>, signal?: AbortSignal) {
  const { sequence, endSequence } = letter;
  if (endSequence - sequence <= segmentsAtOnce) {
    const sequences = Array.from({ length: endSequence - sequence }, (_, at) => sequence + at);
    return { sequences, end: endSequence };
  }
  const sequences: number[] = [];
  for await (const listed of segmentsAfter(store, letter, sequence - 1, segmentsAtOnce, signal)) {
    if (listed.sequence >= endSequence) break;
    sequences.push(listed.sequence);
    if (sequences.length === segmentsAtOnce) return { sequences, end: listed.sequence + 1 };
  }
  return { sequences, end: endSequence };
}

function recordEntry(letter: DeadLetter, bytes: Uint8Array): LaneEntry {
  const { writer, lane, sequence } = letter;
  const update = readRecord(bytes, { writer, lane, sequence, index: letter.index ?? 0 });
  return { type: 'update', update, record: bytes, after: { writer, lane, sequence, index: 0 } };
}

function segmentEntries(id: LaneId, sequence: number, segment: DecodedSegment): LaneEntry[] {
  return Array.from({ length: segment.header.count }, (_, index) => ({
    type: 'update',
    update: readUpdate(segment, index, id.writer),
    record: segment,
    after: { ...id, sequence, index },
  }));
}

function part(letter: DeadLetter, sequence: number, endSequence: number): NewDeadLetter {
  const { subscription, writer, lane, reason, message, bytes } = letter;
  const key = segmentKey({ writer, lane }, sequence);
  const cut = { subscription, writer, lane, reason, message, sequence, endSequence, key };
  return bytes === undefined ? cut : { ...cut, bytes };
}
