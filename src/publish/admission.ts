import { Fifo } from '../base/fifo.ts';

interface Request {
  readonly bytes: number;
  readonly enter: () => void;
  state: 'waiting' | 'entered' | 'taken back';
}

/**
 * Back-pressure: lets updates in, in the order of asking, while the bytes not yet answered for stay below a limit.
 * One that is larger than the limit goes in alone.
 */
export class Admission {
  readonly #maxBytes: number;
  /** Requests that were taken back stay in line until it is their turn. */
  readonly #line = new Fifo<Request>();
  #waiting = 0;
  #bytes = 0;
  #pumping = false;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Calls `enter` as soon as there is room, at once if there is; the returned function takes the request back. */
  ask(bytes: number, enter: () => void): () => void {
    if (this.#line.size === 0 && !this.#pumping && this.#hasRoom(bytes)) {
      this.#pumping = true;
      try {
        this.#bytes += bytes;
        enter();
      } finally {
        this.#pumping = false;
      }
      if (this.#line.size > 0) this.#pump();
      return entered;
    }
    const request: Request = { bytes, enter, state: 'waiting' };
    this.#line.push(request);
    this.#waiting += 1;
    this.#pump();
    return () => {
      if (request.state !== 'waiting') return;
      request.state = 'taken back';
      this.#waiting -= 1;
      this.#pump();
    };
  }

  leave(bytes: number): void {
    this.#bytes -= bytes;
    this.#pump();
  }

  get waiting(): number {
    return this.#waiting;
  }

  /** Bytes let in and not yet answered for. */
  get bytes(): number {
    return this.#bytes;
  }

  /** One that enters may be answered for, and leave, at once: it must not pump in here again, once for each that waits. */
  #pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    try {
      for (let first = this.#line.peek(); first; first = this.#line.peek()) {
        if (first.state === 'waiting' && !this.#hasRoom(first.bytes)) return;
        this.#line.shift();
        if (first.state === 'waiting') this.#enter(first);
      }
    } finally {
      this.#pumping = false;
    }
  }

  #hasRoom(bytes: number): boolean {
    return this.#bytes === 0 || this.#bytes + bytes <= this.#maxBytes;
  }

  #enter(request: Request): void {
    request.state = 'entered';
    this.#waiting -= 1;
    this.#bytes += request.bytes;
    request.enter();
  }
}

/** What was let in cannot be taken back. */
function entered(): void {}
