import type { Clock } from '../base/clock.ts';
import type { BucketcastError } from '../base/errors.ts';
import type { NodeEmitter } from '../base/events.ts';
import type { HintTransportSnapshot } from './hint-transport.ts';

export interface TroubleParts {
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly events: Pick<NodeEmitter, 'emit'>;
}

/** Why a transport, or one way of it, does not get through, and since when. Tells of each failure, and when it is over. */
export class TransportTrouble {
  readonly #subject: string;
  readonly #parts: TroubleParts;
  #trouble: { readonly message: string; readonly since: number } | undefined;

  /** @param subject as events name it: `sqs`, `webhook to https://web-2.example.org` */
  constructor(subject: string, parts: TroubleParts) {
    this.#subject = subject;
    this.#parts = parts;
  }

  failed(error: BucketcastError, retryInMs?: number): void {
    const since = this.#trouble?.since ?? this.#parts.clock.monotonic();
    this.#trouble = { message: error.message, since };
    const facts = { transport: this.#subject, error, ...(retryInMs !== undefined && { retryInMs }) };
    this.#parts.events.emit('hints-failed', facts);
  }

  recovered(): void {
    if (this.#trouble === undefined) return;
    this.#trouble = undefined;
    this.#parts.events.emit('hints-recovered', { transport: this.#subject });
  }

  snapshot(): HintTransportSnapshot['trouble'] {
    if (this.#trouble === undefined) return undefined;
    const { message, since } = this.#trouble;
    return { message, forMs: Math.round(this.#parts.clock.monotonic() - since) };
  }
}
