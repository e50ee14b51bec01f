import { backoffMs } from '../base/backoff.ts';
import type { Clock } from '../base/clock.ts';
import { type BucketcastError, closedError, isBucketcastError } from '../base/errors.ts';
import type { Random } from '../base/random.ts';
import type { Settings } from '../config/settings.ts';
import type { ObjectStore } from '../store/object-store.ts';

/** `time`: the store's, when it answered. */
export type PutOutcome =
  | { readonly status: 'durable'; readonly time: number }
  /** Every attempt was definitely refused: nothing was written, and nothing is still under way. */
  | { readonly status: 'refused'; readonly error: BucketcastError }
  /** Somebody else's bytes stand there. */
  | { readonly status: 'twin' };

export interface PutSegment {
  readonly key: string;
  readonly bytes: Uint8Array;
  /** Other bytes that count as ours when they stand there: what a tombstone was to replace. */
  readonly alsoOurs?: Uint8Array | undefined;
}

export interface PutSegmentParts {
  readonly store: Pick<ObjectStore, 'get' | 'put'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly retry: Settings['retry'];
  readonly signal: AbortSignal;
  /** Told of every failed attempt. */
  readonly onTrouble: (error: unknown) => void;
}

/**
 * Puts a segment if absent, with the same bytes, until the store has clearly answered; throws only `closed`.
 * After an attempt with an unknown outcome a refusal says nothing any more, for that attempt may still arrive.
 */
export async function putSegment(segment: PutSegment, parts: PutSegmentParts): Promise<PutOutcome> {
  const { clock, random, retry, signal, onTrouble } = parts;
  let unknown = false;
  for (let attempt = 0; ; attempt += 1) {
    const outcome = await attemptPut(segment, parts).catch(
      (error: unknown): Attempt => ({ status: 'unknown', error }),
    );
    if (signal.aborted) throw closedError('publishing', signal);
    if (outcome.status === 'durable' || outcome.status === 'twin') return outcome;
    if (outcome.status === 'refused' && !unknown) return outcome;
    if (outcome.status === 'unknown') unknown = true;
    onTrouble(outcome.error);
    await clock.sleep(backoffMs(attempt, retry, random), signal);
  }
}

type Attempt = PutOutcome | { readonly status: 'unknown'; readonly error: unknown };

async function attemptPut({ key, bytes, alsoOurs }: PutSegment, parts: PutSegmentParts): Promise<Attempt> {
  const { store, signal } = parts;
  const put = await store.put(key, bytes, { condition: 'absent', signal }).catch(refusal);
  if (isBucketcastError(put)) return { status: 'refused', error: put };
  if (put.status === 'stored') return { status: 'durable', time: put.time };
  // A retry can meet its own success, so what stands there decides.
  const { time, ...found } = await store.get(key, { signal });
  if (found.status !== 'found')
    return { status: 'unknown', error: new Error(`${key} stands in the way, but is gone`) };
  const ours = same(found.body, bytes) || (alsoOurs !== undefined && same(found.body, alsoOurs));
  return ours ? { status: 'durable', time } : { status: 'twin' };
}

function refusal(error: unknown): BucketcastError {
  if (isBucketcastError(error, 'store-refused')) return error;
  throw error;
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
