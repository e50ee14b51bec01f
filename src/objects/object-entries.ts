import { errorMessage } from '../base/error-message.ts';
import type { LaneEntry } from '../coordinate/lane-entries.ts';
import type { Loss } from '../coordinate/lane-state.ts';
import { hlcTime } from '../log/hybrid-clock.ts';
import { parseObjectKey } from '../log/object-keys.ts';
import type { ObjectOutcome } from '../log/object-reader.ts';
import { readRecord, recordHlc } from '../log/record.ts';
import type { LanePosition, NewDeadLetter } from '../state/state.ts';

/** One version of an object on its way through the sink. */
export interface ObjectInHand {
  /** Stands for it where the log has a writer: each object is a lane of one update to the sink's runner. No server has a slash. */
  readonly token: string;
  readonly key: string;
  /** 32 hex digits: the version's. */
  readonly digest: string;
  readonly prefix: string;
  /** Whose update it is, where it was read; default: the folder's. */
  readonly server?: string;
}

/** Copies that need no delivery, because a subscription of the log delivers the same updates. */
export interface LeftOutCopies {
  /** The log's fleet. */
  readonly of: string;
  /** Ms since the epoch, by the update's clock: what is older may stand before where that subscription began. Default: nothing. */
  readonly since?: number;
}

type Answered =
  | Exclude<ObjectOutcome, { readonly status: 'fetched' }>
  | { readonly status: 'too-large' }
  | { readonly status: 'refused'; readonly error: unknown };

/** What a fetched object comes to. */
export function fetchedEntry(
  object: ObjectInHand,
  { record, server, copyOf }: Extract<ObjectOutcome, { readonly status: 'fetched' }>,
  skipCopies: LeftOutCopies | undefined,
): LaneEntry {
  const after = placeAfter(object);
  const isCopy = copyOf !== undefined && copyOf === skipCopies?.of;
  if (isCopy && hlcTime(recordHlc(record)) >= (skipCopies.since ?? 0)) return { type: 'skip', after };
  return recordEntry(object, record, server);
}

/** `server`: whose update it is. */
export function recordEntry(object: ObjectInHand, record: Uint8Array, server: string): LaneEntry {
  const update = readRecord(record, { writer: server, lane: 0, sequence: 0, index: 0 });
  return { type: 'update', update, record, after: placeAfter(object) };
}

/** What an object comes to that cannot be delivered. */
export function lostEntry(object: ObjectInHand, answer: Answered, size: number, maxBytes: number): LaneEntry {
  return { type: 'lost', loss: lossOf(answer, size, maxBytes), after: placeAfter(object) };
}

/** The letter as it is kept: the runner knows the object by its token only. */
export function objectLetter(letter: NewDeadLetter, object: ObjectInHand): NewDeadLetter {
  const { key, digest, prefix } = object;
  const writer = object.server ?? parseObjectKey(prefix, key)?.server ?? key;
  return { ...letter, writer, key, updateId: letter.updateId ?? digest, sequence: 0, endSequence: 1 };
}

function placeAfter({ token }: ObjectInHand): LanePosition {
  return { writer: token, lane: 0, sequence: 1, index: 0 };
}

function lossOf(answer: Answered, size: number, maxBytes: number): Loss {
  const range = { from: 0, to: 1 };
  switch (answer.status) {
    case 'missing':
      return { ...range, reason: 'missing', message: 'a listing named the object, and it is not there' };
    case 'refused':
      return { ...range, reason: 'missing', message: `the store refuses it: ${errorMessage(answer.error)}` };
    case 'too-large':
      return {
        ...range,
        reason: 'corrupt',
        message: `${size} bytes are more than objects.maxBytes (${maxBytes})`,
      };
    case 'corrupt':
      return { ...range, reason: 'corrupt', message: answer.reason, bytes: answer.bytes };
  }
}
