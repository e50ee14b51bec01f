/**
 * Back-pressure: lets updates in, in the order of asking, while the bytes not yet answered for stay below a limit.
 * One that is larger than the limit goes in alone.
 */
export class Admission {
  readonly #maxBytes: number;
  readonly #waiting: { readonly bytes: number; readonly enter: () => void }[] = [];
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Calls `enter` as soon as there is room, at once if there is; the returned function takes the request back. */
  ask(bytes: number, enter: () => void): () => void {
    const request = { bytes, enter };
    this.#waiting.push(request);
    this.#pump();
    return () => {
      const at = this.#waiting.indexOf(request);
      if (at >= 0) this.#waiting.splice(at, 1);
      this.#pump();
    };
  }

  leave(bytes: number): void {
    this.#bytes -= bytes;
    this.#pump();
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Bytes let in and not yet answered for. */
  get bytes(): number {
    return this.#bytes;
  }

  #pump(): void {
    for (let first = this.#waiting[0]; first; first = this.#waiting[0]) {
      if (this.#bytes > 0 && this.#bytes + first.bytes > this.#maxBytes) return;
      this.#waiting.shift();
      this.#bytes += first.bytes;
      first.enter();
    }
  }
}
