import type { Replay } from '../coordinate/replay.ts';
import type { DeadLetter, NewDeadLetter } from '../state/state.ts';
import {
  fetchedEntry,
  type LeftOutCopies,
  type ObjectInHand,
  objectLetter,
  recordEntry,
} from './object-entries.ts';
import { fetchObject, type ObjectFetchParts } from './object-fetch.ts';

/** The object of a letter, as it is handed over again. */
export function letterInHand({ id, key, updateId, writer }: DeadLetter, prefix: string): ObjectInHand {
  return { token: `letter/${id}`, key, digest: updateId ?? '0'.repeat(32), prefix, server: writer };
}

/**
 * Poison comes from the stored record; anything else is fetched afresh, as it is now. Throws when the store does not
 * answer: the letter then stays marked.
 */
export async function prepareObjectReplay(
  letter: DeadLetter,
  parts: ObjectFetchParts & { readonly prefix: string; readonly skipCopies: LeftOutCopies | undefined },
  signal: AbortSignal,
): Promise<Replay> {
  const object = letterInHand(letter, parts.prefix);
  const { key, digest } = object;
  const done = { letter, entries: [], still: [], rest: undefined };
  if (letter.reason === 'poison' && letter.bytes !== undefined)
    return { ...done, entries: [recordEntry(object, letter.bytes, letter.writer)] };
  // When the object was written is known no more.
  const task = { key, digest, size: 0 };
  const outcome = await fetchObject(task, parts, signal);
  if (outcome.status === 'fetched')
    return { ...done, entries: [fetchedEntry(object, outcome, parts.skipCopies)] };
  const { subscription, writer, lane, sequence, endSequence } = letter;
  const kept: NewDeadLetter = {
    subscription,
    writer,
    lane,
    sequence,
    endSequence,
    key,
    reason: outcome.status,
    message: outcome.status === 'corrupt' ? outcome.reason : letter.message,
    ...(outcome.status === 'corrupt' && { bytes: outcome.bytes }),
  };
  return { ...done, still: [objectLetter(kept, object)] };
}
