import type { Writable } from 'node:stream';
import { exitCode, Interruption } from './exit-code.ts';
import { table } from './table.ts';

type Stream = Writable & {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
};

/**
 * Standard output. When its reader goes away (`| head -1`) `gone` aborts and every further write is refused with an
 * `Interruption` that ends the command quietly, with 0.
 */
export class Output {
  readonly isTerminal: boolean;
  /** For sinks, which acknowledge by themselves. */
  readonly stream: Writable;
  readonly #stream: Stream;
  readonly #gone = new AbortController();

  constructor(stream: Stream) {
    this.stream = stream;
    this.#stream = stream;
    this.isTerminal = stream.isTTY === true;
    stream.on('error', (error: NodeJS.ErrnoException) => {
      const quiet = error.code === 'EPIPE' || error.code === 'ECONNRESET';
      this.#gone.abort(quiet ? new Interruption('the reader of the output went away', exitCode.done) : error);
    });
  }

  /** The terminal's size just now; undefined where there is none. */
  get columns(): number | undefined {
    return this.isTerminal ? this.#stream.columns : undefined;
  }

  get rows(): number | undefined {
    return this.isTerminal ? this.#stream.rows : undefined;
  }

  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  /** Resolves when the text has left for the reader. */
  write(text: string | Uint8Array): Promise<void> {
    if (this.gone.aborted) return Promise.reject(this.gone.reason as Error);
    return new Promise((resolve, reject) => {
      const refuse = () => reject(this.gone.reason as Error);
      this.gone.addEventListener('abort', refuse, { once: true });
      this.#stream.write(text, (error) => {
        this.gone.removeEventListener('abort', refuse);
        // The stream's own error event says why, and comes next.
        if (error) queueMicrotask(() => (this.gone.aborted ? refuse() : reject(error)));
        else resolve();
      });
    });
  }

  /** One JSON value a line. */
  json(value: unknown): Promise<void> {
    return this.write(`${JSON.stringify(value)}\n`);
  }

  table(header: readonly string[], rows: readonly (readonly string[])[]): Promise<void> {
    const width = this.isTerminal ? (this.columns ?? 80) : undefined;
    return this.write(table(header, rows, width));
  }
}
