import { Refusal } from './refusal.ts';

/** Bytes of bodies held in memory by all requests together. What goes beyond is refused, with nothing done for it. */
export class BodyBudget {
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  take(bytes: number): void {
    if (this.#bytes > 0 && this.#bytes + bytes > this.#maxBytes)
      throw busy('holds as many bytes of requests as it may');
    this.#bytes += bytes;
  }

  give(bytes: number): void {
    this.#bytes -= bytes;
  }

  get bytes(): number {
    return this.#bytes;
  }
}

/** Throws nothing away: the request was not begun. */
export function busy(why: string): Refusal {
  return new Refusal(503, 'busy', `The node ${why}; nothing was done for this request.`, {
    hint: 'Send it again in a moment.',
    headers: { 'retry-after': '1' },
  });
}
