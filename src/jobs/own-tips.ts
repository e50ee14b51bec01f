import type { Clock } from '../base/clock.ts';
import type { NodeEmitter } from '../base/events.ts';
import type { Announced } from '../log/beat-keys.ts';

export interface OwnTipsParts {
  readonly events: Pick<NodeEmitter, 'on'>;
  readonly clock: Pick<Clock, 'monotonic'>;
  /** `publish.retireAfterMs`: an older tip may be parked any time, and is then told of by a batch. */
  readonly freshMs: number;
}

/** What polls have to find of this server's writer at work: its tip is in the bucket, and was put there not long ago. */
export class OwnTips {
  readonly #parts: OwnTipsParts;
  readonly #leave: readonly (() => void)[];
  #last: (Announced & { readonly at: number }) | undefined;

  constructor(parts: OwnTipsParts) {
    this.#parts = parts;
    const { events, clock } = parts;
    this.#leave = [
      events.on('tip-written', ({ writer, segments }) => {
        this.#last = { writer, segments, at: clock.monotonic() };
      }),
      events.on('retired', ({ writer }) => {
        if (this.#last?.writer === writer) this.#last = undefined;
      }),
    ];
  }

  get announced(): Announced | undefined {
    if (this.#last === undefined) return undefined;
    const { writer, segments, at } = this.#last;
    return this.#parts.clock.monotonic() - at < this.#parts.freshMs ? { writer, segments } : undefined;
  }

  stop(): void {
    for (const leave of this.#leave) leave();
  }
}
