import type { Writable } from 'node:stream';
import { BucketcastError } from '../base/errors.ts';
import type { Update } from '../base/update.ts';
import { KiB } from '../config/units.ts';
import type { Sink, SinkControl } from './sink.ts';
import { updateLine } from './update-line.ts';

/** Why a stream takes no more: its reader has gone (`head` has read enough), or something else. */
export type StreamEnd =
  | { readonly type: 'reader-gone' }
  | { readonly type: 'failed'; readonly error: unknown };

/** Text written, and acknowledged, at once. */
const chunkBytes = 256 * KiB;

/**
 * Writes one JSON object a line (see `updateLine`) to a stream, as fast as its reader takes them. `ended` resolves when the
 * stream takes no more; every delivery throws from then on, so nothing unwritten is acknowledged.
 */
export class StdoutSink implements Sink {
  readonly ended: Promise<StreamEnd>;
  readonly #stream: Writable;
  readonly #onError: (error: unknown) => void;
  #end: StreamEnd | undefined;
  #closed = false;

  constructor(stream: Writable = process.stdout) {
    this.#stream = stream;
    const { promise, resolve } = Promise.withResolvers<StreamEnd>();
    this.ended = promise;
    this.#onError = (error) => {
      this.#end ??= streamEnd(error);
      resolve(this.#end);
    };
    stream.on('error', this.#onError);
  }

  async deliver(updates: readonly Update[], control: SinkControl): Promise<void> {
    // All lines are made first: an unreadable update must not leave half a batch written.
    const lines = updates.map((update) => `${updateLine(update)}\n`);
    let chunk = '';
    for (const [index, update] of updates.entries()) {
      chunk += lines[index] as string;
      if (chunk.length < chunkBytes && index + 1 < updates.length) continue;
      control.signal.throwIfAborted();
      await this.#write(chunk);
      control.ack(update);
      chunk = '';
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    // Without the listener a late EPIPE would bring the process down, so one that does nothing stays.
    this.#stream.on('error', () => {});
    this.#stream.off('error', this.#onError);
  }

  #write(text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#end !== undefined || this.#closed) {
        reject(goneError(this.#end));
        return;
      }
      this.#stream.write(text, (error) => {
        if (!error) resolve();
        else {
          this.#onError(error);
          reject(goneError(this.#end, error));
        }
      });
    });
  }
}

function streamEnd(error: unknown): StreamEnd {
  const code = (error as { code?: unknown } | null)?.code;
  return code === 'EPIPE' || code === 'ERR_STREAM_DESTROYED'
    ? { type: 'reader-gone' }
    : { type: 'failed', error };
}

function goneError(end: StreamEnd | undefined, cause?: unknown): BucketcastError {
  const message = end?.type === 'failed' ? 'the stream failed' : 'nobody reads the stream any more';
  return new BucketcastError('closed', message, {
    cause: cause ?? (end?.type === 'failed' ? end.error : undefined),
  });
}
