import { move, transferableSymbol, valueSymbol } from 'piscina';
import type { FetchReply } from './fetch-job.ts';

/** The reply as Piscina posts it: its buffers change hands and nothing of their size is copied. */
export function movableReply(reply: FetchReply): unknown {
  return move({ [transferableSymbol]: buffersOf(reply), [valueSymbol]: reply });
}

/** The buffers that belong to the reply alone; part of a larger one is copied instead. */
function buffersOf({ outcome }: FetchReply): ArrayBuffer[] {
  const views =
    outcome?.status === 'fetched'
      ? [outcome.segment.bytes, outcome.segment.offsets]
      : outcome?.status === 'corrupt'
        ? [outcome.bytes]
        : [];
  return views.flatMap(({ buffer, byteLength }) =>
    buffer instanceof ArrayBuffer && buffer.byteLength === byteLength ? [buffer] : [],
  );
}
