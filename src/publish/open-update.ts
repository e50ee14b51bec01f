import { closedError } from '../base/errors.ts';
import { formatHlc } from '../log/hybrid-clock.ts';
import { recordHlc } from '../log/record.ts';
import type { PendingUpdate, PublishedPlace } from './pending-update.ts';
import type { Published } from './published.ts';
import type { EncodedUpdate } from './update-encoder.ts';

export interface OpenUpdateParts extends Pick<PendingUpdate, 'lane' | 'visible' | 'refused'> {
  /** Called at once where the answer is a rejection. */
  readonly returned: (() => void) | undefined;
  /** When the call was made, monotonic ms. */
  readonly since: number;
  /** Called when nothing more comes of it, just before its answer. */
  readonly leave: (update: OpenUpdate) => void;
}

/** A call of `publish()` that is not answered for. Many thousands may wait at once: hence an object each, and no closures. */
export class OpenUpdate implements PendingUpdate {
  readonly record: Uint8Array;
  /** What the caller gets. */
  readonly answer: Promise<Published>;
  /** Whether it was let in, and takes memory. */
  isTaken = false;
  readonly #id: string;
  readonly #parts: OpenUpdateParts;
  readonly #answer: PromiseWithResolvers<Published> = Promise.withResolvers();
  #isAnswered = false;
  #unlisten: (() => void) | undefined;

  constructor({ id, record }: EncodedUpdate, parts: OpenUpdateParts) {
    this.record = record;
    this.answer = this.#answer.promise;
    this.#id = id;
    this.#parts = parts;
  }

  get lane(): number {
    return this.#parts.lane;
  }

  get visible(): boolean {
    return this.#parts.visible;
  }

  get refused(): PendingUpdate['refused'] {
    return this.#parts.refused;
  }

  get since(): number {
    return this.#parts.since;
  }

  resolve({ writer, lane, sequence }: PublishedPlace): void {
    this.#parts.leave(this);
    this.#end();
    const hlc = formatHlc(recordHlc(this.record));
    this.#answer.resolve({ id: this.#id, hlc, durable: 'bucket', writer, lane, sequence });
  }

  reject(error: unknown): void {
    this.#parts.returned?.();
    this.#parts.leave(this);
    this.fail(error);
  }

  /** Answers the caller, whatever becomes of the update. */
  fail(error: unknown): void {
    this.#end();
    this.#answer.reject(error);
  }

  /** The caller waits only until the signal aborts; `gaveUp` hears of that first. */
  until(signal: AbortSignal, gaveUp: () => void): void {
    if (this.#isAnswered) return;
    const giveUp = () => {
      gaveUp();
      this.fail(closedError('publishing', signal));
    };
    signal.addEventListener('abort', giveUp, { once: true });
    this.#unlisten = () => signal.removeEventListener('abort', giveUp);
  }

  #end(): void {
    this.#isAnswered = true;
    this.#unlisten?.();
    this.#unlisten = undefined;
  }
}
