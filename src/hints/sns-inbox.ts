import type { X509Certificate } from 'node:crypto';
import { backoffMs } from '../base/backoff.ts';
import type { Clock } from '../base/clock.ts';
import { errorMessage } from '../base/error-message.ts';
import { BucketcastError } from '../base/errors.ts';
import type { Random } from '../base/random.ts';
import { certificateAddress, confirmationAddress } from './sns-address.ts';
import type { SnsMessage } from './sns-message.ts';
import { isSigned, parseCertificate } from './sns-signature.ts';
import { TransportTrouble, type TroubleParts } from './transport-trouble.ts';

/** Messages being checked at once, and those that wait for it. */
const mostPending = 100;
const mostCertificates = 8;
const attempts = 4;
const backoff = { baseMs: 500, capMs: 10_000 };

/** The text at an address of SNS. Throws for any answer but a success. */
export type AskSns = (url: URL, signal: AbortSignal) => Promise<string>;

export interface SnsInboxParts extends TroubleParts {
  readonly clock: Clock;
  readonly random: Random;
  /** ARNs; messages of others are refused. */
  readonly topics: readonly string[];
  readonly ask: AskSns;
}

export type SnsVerdict = 'taken' | 'unknown-topic' | 'not-of-sns' | 'busy';

/**
 * Takes what SNS posts: decides at once whether it can be SNS's, and checks its signature afterwards, for that takes a
 * certificate, which may have to be fetched.
 */
export class SnsInbox {
  readonly #parts: SnsInboxParts;
  readonly #trouble: TransportTrouble;
  readonly #controller = new AbortController();
  /** By address; the one used last stands last. */
  readonly #certificates = new Map<string, Promise<X509Certificate>>();
  #pending = 0;
  #forged = 0;

  constructor(parts: SnsInboxParts) {
    this.#parts = parts;
    this.#trouble = new TransportTrouble('webhook from SNS', parts);
  }

  /** `notified` gets the text of a notification, once its signature is found to be good. */
  take(message: SnsMessage, notified: (text: string) => void): SnsVerdict {
    const { type, topic, signature, subscribeUrl = '' } = message;
    if (!this.#parts.topics.includes(topic)) return 'unknown-topic';
    const certificate = signature && certificateAddress(signature.certificateUrl, topic);
    const confirmation = confirmationAddress(subscribeUrl, topic);
    if (certificate === undefined) return 'not-of-sns';
    if (type === 'SubscriptionConfirmation' && confirmation === undefined) return 'not-of-sns';
    if (this.#pending >= mostPending) return 'busy';
    // Whoever ends a subscription has meant it: that is not confirmed back.
    if (type === 'UnsubscribeConfirmation') return 'taken';
    const act = async () => {
      if (type === 'Notification') notified(message.message);
      else await this.#asked(confirmation as URL);
    };
    void this.#check(message, certificate, act);
    return 'taken';
  }

  stop(): void {
    this.#controller.abort();
  }

  /** `forged`: messages that looked like those of SNS, with a signature that was not its own. */
  snapshot(): { readonly forged: number; readonly trouble: ReturnType<TransportTrouble['snapshot']> } {
    return { forged: this.#forged, trouble: this.#trouble.snapshot() };
  }

  async #check(message: SnsMessage, certificate: URL, act: () => Promise<void>): Promise<void> {
    this.#pending += 1;
    try {
      const isGood = isSigned(message, await this.#certificateAt(certificate), this.#parts.clock.now());
      if (this.#controller.signal.aborted) return;
      if (isGood) await act();
      else this.#forged += 1;
      this.#trouble.recovered();
    } catch (error) {
      if (!this.#controller.signal.aborted) this.#trouble.failed(snsTrouble(error));
    } finally {
      this.#pending -= 1;
    }
  }

  #certificateAt(url: URL): Promise<X509Certificate> {
    const known = this.#certificates.get(url.href);
    const certificate = known ?? this.#fetchCertificate(url);
    this.#certificates.delete(url.href);
    this.#certificates.set(url.href, certificate);
    for (const oldest of this.#certificates.keys()) {
      if (this.#certificates.size <= mostCertificates) break;
      this.#certificates.delete(oldest);
    }
    return certificate;
  }

  async #fetchCertificate(url: URL): Promise<X509Certificate> {
    try {
      const certificate = parseCertificate(await this.#asked(url));
      if (certificate === undefined) throw new Error(`${url.href} is no certificate`);
      return certificate;
    } catch (error) {
      this.#certificates.delete(url.href);
      throw error;
    }
  }

  /** SNS forgets what was answered, so it is asked more than once before its message is lost. */
  async #asked(url: URL): Promise<string> {
    const { clock, random, ask } = this.#parts;
    const { signal } = this.#controller;
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await ask(url, signal);
      } catch (error) {
        if (signal.aborted || attempt + 1 >= attempts) throw error;
        await clock.sleep(backoffMs(attempt, backoff, random), signal);
      }
    }
  }
}

function snsTrouble(error: unknown): BucketcastError {
  if (error instanceof BucketcastError) return error;
  return new BucketcastError('source-unavailable', `SNS does not answer: ${errorMessage(error)}`, {
    hint: 'This server has to reach sns.<region>.amazonaws.com by HTTPS, for certificates and confirmations.',
    cause: error,
  });
}
