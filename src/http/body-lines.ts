import type { Readable } from 'node:stream';
import type { Clock } from '../base/clock.ts';
import { type InputLine, inputLines } from '../sources/input-lines.ts';
import { tooSlow } from './request-body.ts';

export interface LineTimes {
  readonly clock: Clock;
  /** For a line to come, milliseconds, without the time in which nobody asks for it. */
  readonly timeoutMs: number;
  /** Largest line that is taken into memory, bytes. */
  readonly maxLineBytes: number;
}

/** The lines of a body as they come. Throws a `Refusal` when the next one does not come in time. */
export function bodyLines(
  body: Readable,
  { clock, timeoutMs, maxLineBytes }: LineTimes,
): AsyncGenerator<InputLine> {
  return inputLines(timely(body, clock, timeoutMs), maxLineBytes);
}

const newline = 0x0a;

async function* timely(body: Readable, clock: Clock, timeoutMs: number): AsyncGenerator<Buffer> {
  // The stream is not destroyed at the end: that would take the connection away before the answer.
  const chunks = body.iterator({ destroyOnReturn: false })[Symbol.asyncIterator]();
  for (let left = timeoutMs; ; ) {
    const askedAt = clock.monotonic();
    const { promise: late, reject } = Promise.withResolvers<never>();
    const cancel = clock.after(left, () => reject(tooSlow(timeoutMs)));
    let next: IteratorResult<Buffer, unknown>;
    try {
      next = await Promise.race([chunks.next() as Promise<IteratorResult<Buffer, unknown>>, late]);
    } finally {
      cancel();
    }
    if (next.done) return;
    left = next.value.includes(newline) ? timeoutMs : left - (clock.monotonic() - askedAt);
    yield next.value;
  }
}
