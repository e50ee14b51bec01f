import { backoffMs } from '../base/backoff.ts';
import type { BucketcastError } from '../base/errors.ts';
import { settledWithin } from '../base/settled-within.ts';
import { SECOND } from '../config/units.ts';
import { HintOutbox } from './hint-outbox.ts';
import { type HintParts, maxHintBytes } from './hint-parts.ts';
import type { Heard, HintTransport, HintTransportSnapshot } from './hint-transport.ts';
import { TransportTrouble } from './transport-trouble.ts';

/** A server between the nodes, which passes on to all what each of them publishes. */
export interface Broker {
  /** Resolves when hints flow both ways. Rejects at once when the signal aborts, and with what an operator has to know. */
  connect(heard: (hint: Uint8Array) => void, signal: AbortSignal): Promise<BrokerSession>;
}

/** One connection; nothing is sent again over the next. */
export interface BrokerSession {
  /** Resolves when the server has them all, with why it refused some. Rejects only once the session is over. */
  publish(hints: readonly Uint8Array[]): Promise<readonly BucketcastError[]>;
  /** Resolves with why, once it is over. */
  readonly lost: Promise<BucketcastError>;
  /** At once. Idempotent. */
  close(): void;
}

export type BrokerParts = Pick<HintParts, 'clock' | 'random' | 'events'>;

const reconnect = { baseMs: SECOND, capMs: 30 * SECOND };
/** What was announced right before a stop still goes, where it can. */
const drainMs = SECOND / 2;

/** Hints through a broker: connects again for ever, and sends what waits as soon as it can. */
export class BrokerHints implements HintTransport {
  readonly name: string;
  readonly #broker: Broker;
  readonly #parts: BrokerParts;
  readonly #trouble: TransportTrouble;
  readonly #outbox = new HintOutbox();
  readonly #stopped = new AbortController();
  #sent = 0;
  #received = 0;
  #dropped = 0;
  #refused = 0;
  #session: BrokerSession | undefined;
  #publishing: Promise<void> | undefined;
  #running: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;

  constructor(name: string, broker: Broker, parts: BrokerParts) {
    this.name = name;
    this.#broker = broker;
    this.#parts = parts;
    this.#trouble = new TransportTrouble(name, parts);
  }

  start(heard: (what: Heard) => void): void {
    if (this.#stopping) return;
    this.#running ??= this.#run((bytes) => {
      if (this.#stopped.signal.aborted) return;
      if (bytes.length > maxHintBytes) {
        this.#refused += 1;
        return;
      }
      this.#received += 1;
      heard({ type: 'hint', bytes });
    });
  }

  send(hint: Uint8Array): void {
    if (this.#stopping) return;
    this.#dropped += this.#outbox.push(hint);
    this.#publish();
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  snapshot(): HintTransportSnapshot {
    const trouble = this.#trouble.snapshot();
    return {
      name: this.name,
      connected: this.#session !== undefined,
      sent: this.#sent,
      received: this.#received,
      dropped: this.#dropped,
      refused: this.#refused,
      ...(trouble && { trouble }),
    };
  }

  async #run(heard: (hint: Uint8Array) => void): Promise<void> {
    const { clock, random } = this.#parts;
    const { signal } = this.#stopped;
    let attempt = 0;
    while (!signal.aborted) {
      let failure: BucketcastError;
      try {
        this.#session = await this.#broker.connect(heard, signal);
        attempt = 0;
        this.#trouble.recovered();
        this.#publish();
        failure = await this.#over(this.#session);
      } catch (error) {
        failure = error as BucketcastError;
      }
      if (signal.aborted) return;
      const retryInMs = backoffMs(attempt, reconnect, random);
      attempt += 1;
      this.#trouble.failed(failure, retryInMs);
      await clock.sleep(retryInMs, signal).catch(() => {});
    }
  }

  async #over(session: BrokerSession): Promise<BucketcastError> {
    const onStop = () => session.close();
    this.#stopped.signal.addEventListener('abort', onStop);
    if (this.#stopped.signal.aborted) session.close();
    const reason = await session.lost;
    this.#stopped.signal.removeEventListener('abort', onStop);
    this.#session = undefined;
    return reason;
  }

  #publish(): void {
    if (this.#publishing || !this.#session) return;
    this.#publishing = this.#publishAll().finally(() => {
      this.#publishing = undefined;
      // Something may have come after the last look.
      if (this.#outbox.size > 0) this.#publish();
    });
  }

  async #publishAll(): Promise<void> {
    for (let session = this.#session; session && this.#outbox.size > 0; session = this.#session) {
      const hints = this.#outbox.take();
      try {
        this.#told(hints.length, await session.publish(hints));
      } catch {
        // Whether the server has them nobody knows, and polls find what they tell.
        this.#dropped += hints.length;
        if (this.#session === session) this.#session = undefined;
      }
    }
  }

  #told(count: number, refusals: readonly BucketcastError[]): void {
    this.#sent += count - refusals.length;
    this.#dropped += refusals.length;
    const [refusal] = refusals;
    if (refusal) this.#trouble.failed(refusal);
    else this.#trouble.recovered();
  }

  async #stop(): Promise<void> {
    if (this.#publishing) await settledWithin(this.#parts.clock, drainMs, this.#publishing);
    this.#stopped.abort();
    await this.#running;
  }
}
