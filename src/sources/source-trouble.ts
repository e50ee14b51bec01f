import type { NodeEmitter } from '../base/events.ts';

/** What keeps a source from its work, by where it fails; told by events, and kept for the snapshot. */
export class SourceTrouble {
  readonly #source: string;
  readonly #events: Pick<NodeEmitter, 'emit'>;
  readonly #troubles = new Map<string, unknown>();

  constructor(source: string, events: Pick<NodeEmitter, 'emit'>) {
    this.#source = source;
    this.#events = events;
  }

  /** The one that is oldest. */
  get current(): unknown {
    return this.#troubles.values().next().value;
  }

  failed(where: string, error: unknown, retryInMs: number): void {
    this.#troubles.set(where, error);
    this.#events.emit('source-failed', { source: this.#source, error, retryInMs });
  }

  worksAgain(where: string): void {
    if (this.#troubles.delete(where) && this.#troubles.size === 0)
      this.#events.emit('source-recovered', { source: this.#source });
  }
}
