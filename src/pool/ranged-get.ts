import { BucketcastError } from '../base/errors.ts';
import { inParallel } from '../store/in-parallel.ts';
import type { GetAnswer, ObjectStore } from '../store/object-store.ts';

export interface RangedGetOptions {
  /** Longest piece that one GET asks for. An object that is no longer costs one GET, as it would without ranges. */
  readonly rangeBytes: number;
  /** Largest object that is taken into memory. */
  readonly maxBytes: number;
  readonly signal: AbortSignal | undefined;
}

export type RangedAnswer =
  | {
      readonly status: 'found';
      /** The whole object, in a buffer of its own. */
      readonly body: Uint8Array;
      readonly time: number;
      /** Ms since the epoch; 0 where the store does not say. */
      readonly lastModified: number;
      readonly gets: number;
    }
  | { readonly status: 'missing'; readonly time: number }
  | { readonly status: 'oversize'; readonly size: number };

/** Pieces of one object on their way at once: enough to fill a connection's pauses, and no more in memory than that. */
const piecesAtOnce = 4;

type Found = Extract<GetAnswer, { status: 'found' }>;

/**
 * A whole object, in several GETs at once where it is long. The first one tells its size, so that nothing has to be
 * known before. All pieces have to be of one version: segments never change, but who knows what else writes there.
 *
 * @throws BucketcastError `store-unavailable` when the object changed in between; and what the store throws
 */
export async function getInRanges(
  store: Pick<ObjectStore, 'get'>,
  key: string,
  { rangeBytes, maxBytes, signal }: RangedGetOptions,
): Promise<RangedAnswer> {
  const first = await store.get(key, { range: { start: 0, end: rangeBytes }, maxBytes, signal });
  const { time } = first;
  if (first.status !== 'found') return { status: 'missing', time };
  const { lastModified } = first;
  if (first.size > maxBytes) return { status: 'oversize', size: first.size };
  // A store that knows no ranges has sent everything.
  if (first.body.length >= first.size)
    return { status: 'found', body: first.body, time, lastModified, gets: 1 };
  const pieces = piecesAfter(first, rangeBytes);
  const body = new Uint8Array(first.size);
  body.set(first.body);
  // When one piece fails, nobody waits for the others.
  const failed = new AbortController();
  const either = signal === undefined ? failed.signal : AbortSignal.any([signal, failed.signal]);
  try {
    const found = await inParallel(piecesAtOnce, pieces, async (range) => {
      const piece = await store.get(key, { range, signal: either });
      if (piece.status !== 'found') throw new Gone();
      checkPiece(key, first, piece, range);
      body.set(piece.body, range.start);
    });
    return { status: 'found', body, time, lastModified, gets: 1 + found.length };
  } catch (error) {
    failed.abort();
    if (error instanceof Gone) return { status: 'missing', time };
    throw error;
  }
}

/** It was there when the first piece was read. */
class Gone extends Error {}

function piecesAfter({ body, size }: Found, rangeBytes: number) {
  const pieces: { readonly start: number; readonly end: number }[] = [];
  for (let start = body.length; start < size; start += rangeBytes)
    pieces.push({ start, end: Math.min(size, start + rangeBytes) });
  return pieces;
}

function checkPiece(key: string, first: Found, piece: Found, range: { start: number; end: number }): void {
  const { start, end } = range;
  if (piece.etag === first.etag && piece.size === first.size && piece.body.length === end - start) return;
  throw new BucketcastError('store-unavailable', `${key} changed while it was being read in ranges`, {
    details: { key, operation: 'get' },
    hint: 'segments are written once: find out what else writes below log/',
  });
}
