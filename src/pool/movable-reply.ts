import { move, transferableSymbol, valueSymbol } from 'piscina';
import type { JobKind, JobReply } from './job.ts';
import { jobRules } from './job-rules.ts';

/** The reply as Piscina posts it: its buffers change hands and nothing of their size is copied. */
export function movableReply<K extends JobKind>(kind: K, reply: JobReply<K>): unknown {
  return move({ [transferableSymbol]: buffersOf(kind, reply), [valueSymbol]: reply });
}

/** The buffers that belong to the reply alone; part of a larger one is copied instead. */
function buffersOf<K extends JobKind>(kind: K, { answer }: JobReply<K>): ArrayBuffer[] {
  const views = answer === undefined ? [] : jobRules[kind].buffers(answer);
  return views.flatMap(({ buffer, byteLength }) =>
    buffer instanceof ArrayBuffer && buffer.byteLength === byteLength ? [buffer] : [],
  );
}
