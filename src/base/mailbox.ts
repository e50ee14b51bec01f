import { Fifo } from './fifo.ts';

/**
 * An actor's inbox: messages are handled one at a time, in the order of arrival.
 * `handle` may be asynchronous; the next message waits for it. A throw goes to `onCrash`
 * (the supervisor), and whatever is still queued stays queued until `resume()`.
 */
export class Mailbox<Message> {
  readonly #handle: (message: Message) => void | Promise<void>;
  readonly #onCrash: (error: unknown) => void;
  readonly #queue = new Fifo<Message>();
  #busy = false;
  #paused = false;
  #closed = false;

  constructor(handle: (message: Message) => void | Promise<void>, onCrash: (error: unknown) => void) {
    this.#handle = handle;
    this.#onCrash = onCrash;
  }

  send(message: Message): void {
    if (this.#closed) return;
    this.#queue.push(message);
    if (!this.#busy && !this.#paused) void this.#drain();
  }

  get size(): number {
    return this.#queue.size;
  }

  resume(): void {
    this.#paused = false;
    if (!this.#busy) void this.#drain();
  }

  close(): void {
    this.#closed = true;
    this.#queue.clear();
  }

  async #drain(): Promise<void> {
    this.#busy = true;
    try {
      while (this.#queue.size > 0 && !this.#paused) {
        const message = this.#queue.shift() as Message;
        const answer = this.#handle(message);
        if (answer instanceof Promise) await answer;
      }
    } catch (error) {
      this.#paused = true;
      this.#onCrash(error);
    } finally {
      this.#busy = false;
    }
  }
}
