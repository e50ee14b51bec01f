import { Fifo } from '../base/fifo.ts';
import { MiB } from '../config/units.ts';

/** What is on its way through a server is little; a bound all the same. */
const most = { hints: 1_000, bytes: 4 * MiB };

/**
 * Tells one's own hints from others where a server sends everybody everything: they come back in the order in which they were
 * sent, or never. Forgetting one costs that it is heard.
 */
export class OwnEchoes {
  readonly #sent = new Fifo<Uint8Array>();
  #bytes = 0;

  sent(hint: Uint8Array): void {
    this.#sent.push(hint);
    this.#bytes += hint.length;
    while (this.#sent.size > most.hints || this.#bytes > most.bytes) this.#forget();
  }

  /** When some were not sent after all, and what comes back next is not known. */
  forgetAll(): void {
    this.#sent.clear();
    this.#bytes = 0;
  }

  isOwn(heard: Uint8Array): boolean {
    const next = this.#sent.peek();
    if (next === undefined || Buffer.compare(next, heard) !== 0) return false;
    this.#forget();
    return true;
  }

  #forget(): void {
    this.#bytes -= this.#sent.shift()?.length ?? 0;
  }
}
