import { workerData } from 'node:worker_threads';
import { move, transferableSymbol, valueSymbol } from 'piscina';
import { systemClock } from '../src/base/clock.ts';
import type { PackedDocuments } from '../src/feeds/packed-documents.ts';
import { type FeedLimits, parseDocuments } from '../src/feeds/parse-documents.ts';
import type { FeedReply } from '../src/pool/feed-job.ts';

/** Entry point of the threads of `FeedParser`. */
export function parse(packed: PackedDocuments): unknown {
  const began = systemClock.monotonic();
  const parsed = parseDocuments(packed, workerData as FeedLimits);
  const reply: FeedReply = { ...parsed, seconds: (systemClock.monotonic() - began) / 1000 };
  const buffers = [parsed.bytes.buffer, parsed.offsets.buffer];
  return move({ [transferableSymbol]: buffers, [valueSymbol]: reply });
}
