import type { Dispatcher } from 'undici';
import { backoffMs } from '../base/backoff.ts';
import type { Clock } from '../base/clock.ts';
import { BucketcastError, isBucketcastError } from '../base/errors.ts';
import type { Random } from '../base/random.ts';
import { settledWithin } from '../base/settled-within.ts';
import { unlessAborted } from '../base/unless-aborted.ts';
import { MiB } from '../config/units.ts';
import { answerTrouble, failureTrouble, type PeerTrouble } from './peer-trouble.ts';
import { TransportTrouble, type TroubleParts } from './transport-trouble.ts';

/** A hint is worth little later, and the next one says as much. */
const mostWaiting = 64;
const mostBytesWaiting = 4 * MiB;
const mostUnderWay = 4;
const drainMs = 500;
const backoff = { baseMs: 250, capMs: 30_000 };

export interface PeerParts extends TroubleParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly agent: Dispatcher;
  readonly headers: Readonly<Record<string, string>>;
  /** For a whole exchange. */
  readonly timeoutMs: number;
}

export interface PeerSnapshot {
  readonly sent: number;
  readonly dropped: number;
  readonly trouble: ReturnType<TransportTrouble['snapshot']>;
}

/**
 * Posts hints to one other node, a few at once. While it does not answer, one is tried now and then, and of those that wait the
 * oldest go.
 */
export class WebhookPeer {
  readonly #url: URL;
  readonly #parts: PeerParts;
  readonly #trouble: TransportTrouble;
  readonly #controller = new AbortController();
  readonly #waiting: Uint8Array[] = [];
  #bytesWaiting = 0;
  #underWay = 0;
  #failures = 0;
  #cancelRest: (() => void) | undefined;
  #stopping = false;
  readonly #drained = Promise.withResolvers<void>();
  #sent = 0;
  #dropped = 0;

  /** @param url of its `/hints` */
  constructor(url: URL, parts: PeerParts) {
    this.#url = url;
    this.#parts = parts;
    this.#trouble = new TransportTrouble(`webhook to ${url.origin}`, parts);
  }

  send(hint: Uint8Array): void {
    if (this.#stopping) return;
    this.#waiting.push(hint);
    this.#bytesWaiting += hint.byteLength;
    this.#dropOldest();
    this.#go();
  }

  /** Sends nothing more. What was announced right before still goes, where the other node answers. */
  async stop(): Promise<void> {
    this.#stopping = true;
    if (!this.#isDrained) await settledWithin(this.#parts.clock, drainMs, this.#drained.promise);
    this.#controller.abort();
    this.#cancelRest?.();
    this.#waiting.length = 0;
  }

  snapshot(): PeerSnapshot {
    return { sent: this.#sent, dropped: this.#dropped, trouble: this.#trouble.snapshot() };
  }

  #go(): void {
    const atOnce = this.#failures > 0 ? 1 : mostUnderWay;
    while (this.#cancelRest === undefined && this.#underWay < atOnce) {
      const hint = this.#waiting.shift();
      if (hint === undefined) return;
      this.#bytesWaiting -= hint.byteLength;
      void this.#deliver(hint);
    }
  }

  async #deliver(hint: Uint8Array): Promise<void> {
    this.#underWay += 1;
    const trouble = await this.#post(hint);
    this.#underWay -= 1;
    if (this.#controller.signal.aborted) return;
    if (trouble === undefined) this.#worked();
    else this.#failed(trouble, hint);
    this.#go();
    if (this.#stopping && this.#isDrained) this.#drained.resolve();
  }

  /** Nothing is to be sent, or it would have to be tried again. */
  get #isDrained(): boolean {
    return this.#cancelRest !== undefined || (this.#underWay === 0 && this.#waiting.length === 0);
  }

  #worked(): void {
    this.#sent += 1;
    // Another one that was under way with it may have failed since.
    if (this.#cancelRest !== undefined) return;
    this.#failures = 0;
    this.#trouble.recovered();
  }

  #failed({ message, hint: advice, again }: PeerTrouble, hint: Uint8Array): void {
    if (again) {
      this.#waiting.unshift(hint);
      this.#bytesWaiting += hint.byteLength;
      this.#dropOldest();
    } else {
      this.#dropped += 1;
    }
    // Several that were under way at once have failed of one thing.
    if (this.#cancelRest !== undefined) return;
    const { clock, random } = this.#parts;
    const ms = backoffMs(this.#failures, backoff, random);
    this.#failures += 1;
    this.#cancelRest = clock.after(ms, () => {
      this.#cancelRest = undefined;
      this.#go();
    });
    const error = new BucketcastError('sink-unavailable', `${this.#url.origin} ${message}`, { hint: advice });
    this.#trouble.failed(error, ms);
  }

  #dropOldest(): void {
    while (this.#waiting.length > mostWaiting || this.#bytesWaiting > mostBytesWaiting) {
      this.#bytesWaiting -= this.#waiting.shift()?.byteLength ?? 0;
      this.#dropped += 1;
    }
  }

  async #post(hint: Uint8Array): Promise<PeerTrouble | undefined> {
    const { clock, agent, headers, timeoutMs } = this.#parts;
    const late = new AbortController();
    const cancel = clock.after(timeoutMs, () =>
      late.abort(new BucketcastError('sink-unavailable', `did not answer within ${timeoutMs / 1000} s`)),
    );
    const signal = AbortSignal.any([this.#controller.signal, late.signal]);
    try {
      const { origin, pathname } = this.#url;
      const options = { origin, path: pathname, method: 'POST' as const, headers, body: hint, signal };
      // The HTTP client hears an abort only once it has a connection.
      const { statusCode, body } = await unlessAborted(signal, agent.request(options));
      // Whatever else it says, the status is heard; an unread answer would hold the connection.
      await body.dump({ limit: 16_384, signal }).catch(() => {});
      return answerTrouble(statusCode);
    } catch (error) {
      return failureTrouble(isBucketcastError(late.signal.reason) ? late.signal.reason : error);
    } finally {
      cancel();
    }
  }
}
