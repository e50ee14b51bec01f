import type { Dispatcher } from 'undici';
import type { Clock } from '../base/clock.ts';
import { type ExchangeOptions, exchange, type LeanAnswer } from './lean-exchange.ts';
import { failureOf } from './lean-failure.ts';
import type { LeanKeys } from './lean-keys.ts';
import type { LeanRequest } from './lean-request.ts';
import { LeanSigner } from './lean-signer.ts';
import { silenceOf } from './lean-silence.ts';
import type { LeanWay } from './lean-way.ts';
import type { Credentials } from './s3-credentials.ts';
import { regionOf } from './s3-errors.ts';

export interface WireOptions {
  readonly dispatcher: Dispatcher;
  readonly keys: LeanKeys;
  readonly way: LeanWay;
  /** The way to the bucket when an answer says that it is in that region. */
  readonly wayIn: (region: string) => Promise<LeanWay>;
  readonly clock: Pick<Clock, 'now'>;
  readonly times: { readonly connectTimeoutMs: number; readonly requestTimeoutMs: number };
}

/** A larger body goes in pieces, so that the wait for an answer begins when it has gone: a slow line is no silence. */
const PIECE = 64 * 1024;
/** Stores allow 15 minutes; an answer whose `Date` is this far off was refused for it, even where it cannot say so (HEAD). */
const SKEW_MS = 5 * 60_000;
/** Answers to keys that were good once, or are not known yet where we ask. */
export const staleKeys = new Set([
  'ExpiredToken',
  'ExpiredTokenException',
  'InvalidToken',
  'TokenRefreshRequired',
  'InvalidAccessKeyId',
]);

/**
 * Signs and sends. What an answer tells of clock, region and keys is learned, and the request sent again at once: each of
 * the three once a request. Other than that nothing is retried.
 */
export class LeanWire {
  readonly #options: WireOptions;
  readonly #signer = new LeanSigner();
  #way: LeanWay;
  /** What the store's clock is ahead of ours. */
  #skewMs = 0;

  constructor(options: WireOptions) {
    this.#options = options;
    this.#way = options.way;
  }

  /** The bucket's, as far as it is known. */
  get region(): string {
    return this.#way.region;
  }

  /** An answer of any status. @throws what there is instead of one: of undici, or the signal's reason */
  async send(request: LeanRequest, options: ExchangeOptions): Promise<LeanAnswer> {
    const learned = new Set<string>();
    for (;;) {
      const current = this.#options.keys.current();
      const keys = current instanceof Promise ? await current : current;
      options.signal?.throwIfAborted();
      const way = this.#way;
      const answer = await this.#exchange(request, keys, options);
      if (answer.status < 300 || answer.status === 304 || answer.status >= 404) return answer;
      const lesson = await this.#learn(answer, keys, way, learned);
      if (lesson === undefined) return answer;
      learned.add(lesson);
    }
  }

  async #exchange(request: LeanRequest, keys: Credentials, options: ExchangeOptions): Promise<LeanAnswer> {
    const { dispatcher, clock, times } = this.#options;
    const way = this.#way;
    const { path, headers } = this.#signer.sign(request, way, keys, clock.now() + this.#skewMs);
    const { method, body } = request;
    if (body !== undefined) headers.push('content-length', String(body.byteLength));
    try {
      return await exchange(
        dispatcher,
        {
          origin: way.origin,
          path,
          method,
          headers,
          body: body === undefined || body.byteLength <= PIECE ? (body ?? null) : inPieces(body),
          headersTimeout: times.requestTimeoutMs,
          bodyTimeout: times.requestTimeoutMs,
        } as Dispatcher.DispatchOptions,
        options,
      );
    } catch (error) {
      throw silenceOf(error, times);
    }
  }

  /** What the next try would do otherwise; nothing when it would be the same. */
  async #learn(
    answer: LeanAnswer,
    keys: Credentials,
    way: LeanWay,
    learned: ReadonlySet<string>,
  ): Promise<string | undefined> {
    const failure = failureOf(answer);
    const code = failure.Code;
    if (!learned.has('clock') && answer.status === 403) {
      const ahead = Date.parse(answer.headers['date'] ?? '') - this.#options.clock.now();
      if (code === 'RequestTimeTooSkewed' || Math.abs(ahead - this.#skewMs) >= SKEW_MS) {
        if (!Number.isNaN(ahead)) {
          this.#skewMs = ahead;
          return 'clock';
        }
      }
    }
    const region = regionOf(failure);
    if (
      !learned.has('region') &&
      region !== undefined &&
      region !== way.region &&
      [301, 307, 400].includes(answer.status)
    ) {
      // Another request may have learned it meanwhile.
      if (this.#way.region !== region) this.#way = await this.#options.wayIn(region);
      return 'region';
    }
    const isStale =
      code === undefined ? answer.status === 400 && answer.body.byteLength === 0 : staleKeys.has(code);
    if (!learned.has('keys') && isStale && (await this.#options.keys.renew(keys))) return 'keys';
    return undefined;
  }
}

async function* inPieces(body: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < body.byteLength; at += PIECE) yield body.subarray(at, at + PIECE);
}
