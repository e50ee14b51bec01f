import { Fifo } from '../base/fifo.ts';
import { MiB } from '../config/units.ts';

/** A tip is rarely overtaken by so many others, and of what waits longer polls have told already. */
const most = { hints: 256, bytes: 8 * MiB };
/** What is handed to a server at once, before it has said that it has it. */
const batch = { hints: 64, bytes: MiB };

/** Hints that wait to be sent. Where too many do, the oldest go: what came later says more. */
export class HintOutbox {
  readonly #hints = new Fifo<Uint8Array>();
  #bytes = 0;

  get size(): number {
    return this.#hints.size;
  }

  /** How many older ones had to go. */
  push(hint: Uint8Array): number {
    this.#hints.push(hint);
    this.#bytes += hint.length;
    let dropped = 0;
    while (this.#hints.size > most.hints || this.#bytes > most.bytes) {
      this.#shift();
      dropped += 1;
    }
    return dropped;
  }

  /** The oldest, no more than may go at once; at least one, unless none waits. */
  take(): Uint8Array[] {
    const taken: Uint8Array[] = [];
    for (let bytes = 0; taken.length < batch.hints && bytes < batch.bytes; ) {
      const hint = this.#shift();
      if (hint === undefined) break;
      taken.push(hint);
      bytes += hint.length;
    }
    return taken;
  }

  #shift(): Uint8Array | undefined {
    const hint = this.#hints.shift();
    this.#bytes -= hint?.length ?? 0;
    return hint;
  }
}
