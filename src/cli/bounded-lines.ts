import { MiB } from '../config/units.ts';

/** The part of a stream that is written to; `writableLength` is what still waits for its reader, in bytes. */
export interface LineStream {
  write(line: string): unknown;
  readonly writableLength?: number;
}

/** What may wait for a reader that is slower than the log. */
const mostWaiting = MiB;

/**
 * Lines for a reader that may be slow or stuck: a pipe takes them all and keeps them in memory, so beyond a megabyte
 * they are dropped. Once there is room again `onDropped` says how many it were, before the next line.
 */
export class BoundedLines {
  readonly #stream: LineStream;
  readonly #onDropped: (lines: number) => void;
  #dropped = 0;

  constructor(stream: LineStream, onDropped: (lines: number) => void) {
    this.#stream = stream;
    this.#onDropped = onDropped;
  }

  write(line: string): void {
    // Half of it must be free before lines are taken again, or every few of them would be followed by such a report.
    const room = this.#dropped > 0 ? mostWaiting / 2 : mostWaiting;
    if ((this.#stream.writableLength ?? 0) > room) {
      this.#dropped += 1;
      return;
    }
    const dropped = this.#dropped;
    this.#dropped = 0;
    if (dropped > 0) this.#onDropped(dropped);
    this.#stream.write(line);
  }
}
