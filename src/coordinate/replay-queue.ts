import type { DeadLetter } from '../state/state.ts';
import type { PositionRecord } from './position-record.ts';
import { prepareReplay, type Replay, type ReplayParts } from './replay.ts';

/** Finds out what a letter comes to now; throws when the store does not answer. */
export type PrepareReplay = (letter: DeadLetter, signal: AbortSignal) => Promise<Replay>;

type Letters = Pick<PositionRecord, 'replays' | 'letter'>;

/** Letters of the log's segments. */
export function segmentReplays(record: Letters, parts: ReplayParts, changed: () => void): ReplayQueue {
  return new ReplayQueue(record, (letter, signal) => prepareReplay(letter, parts, signal), changed);
}

/**
 * Dead letters that somebody asked for again, one at a time: fetched here, delivered by the subscription between
 * its batches. What the store does not answer for stays marked and is looked at again with the next poll.
 * A process that dies half-way through a letter delivers all of it again.
 */
export class ReplayQueue {
  readonly #record: Letters;
  readonly #prepareReplay: PrepareReplay;
  readonly #changed: () => void;
  #waiting: number[] = [];
  #current: { readonly id: number; replay?: Replay; taken?: boolean } | undefined;
  #controller = new AbortController();

  constructor(record: Letters, prepare: PrepareReplay, changed: () => void) {
    this.#record = record;
    this.#prepareReplay = prepare;
    this.#changed = changed;
  }

  get idle(): boolean {
    return this.#current === undefined && this.#waiting.length === 0;
  }

  /** Reads what is marked. */
  look(): void {
    const current = this.#current?.id;
    this.#waiting = this.#record.replays().filter((id) => id !== current);
    this.#next();
  }

  /** The replay that is ready to be delivered, once. */
  take(): Replay | undefined {
    const current = this.#current;
    if (current?.replay === undefined || current.taken) return undefined;
    current.taken = true;
    return current.replay;
  }

  /** The one that was taken is committed. */
  done(): void {
    this.#current = undefined;
    this.#next();
  }

  /** Forgets what is under way; it stays marked. */
  reset(): void {
    this.#controller.abort();
    this.#controller = new AbortController();
    this.#current = undefined;
    this.#waiting = [];
  }

  #next(): void {
    if (this.#current !== undefined) return;
    for (let id = this.#waiting.shift(); id !== undefined; id = this.#waiting.shift()) {
      const letter = this.#record.letter(id);
      if (letter === undefined) continue;
      this.#current = { id };
      void this.#prepare(letter, this.#current, this.#controller.signal);
      return;
    }
  }

  async #prepare(letter: DeadLetter, current: { replay?: Replay }, signal: AbortSignal): Promise<void> {
    try {
      const replay = await this.#prepareReplay(letter, signal);
      if (this.#current === current) current.replay = replay;
    } catch {
      if (this.#current === current) {
        this.#current = undefined;
        this.#next();
      }
    }
    if (!signal.aborted) this.#changed();
  }
}
