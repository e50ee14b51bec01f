import type { Clock } from '../base/clock.ts';
import { BucketcastError, closedError, isBucketcastError } from '../base/errors.ts';
import type { NodeEmitter } from '../base/events.ts';
import { type Random, randomHex } from '../base/random.ts';
import { settledWithin } from '../base/settled-within.ts';
import type { Settings } from '../config/settings.ts';
import { SECOND } from '../config/units.ts';
import { corruptError } from '../log/corrupt.ts';
import { checkedUrl } from '../log/record.ts';
import type { Fleet } from '../log/tip-mac.ts';
import type { ObjectStore } from '../store/object-store.ts';
import type { Claim, ClaimAnswer, ClaimHolder, ClaimOptions } from './claim.ts';
import { decideClaim } from './claim-decision.ts';
import { ClaimObject } from './claim-object.ts';
import { type ClaimEnd, HeldClaim, type WonClaim } from './held-claim.ts';
import { HonouredConditions } from './honoured-conditions.ts';

export interface ClaimsSettings extends Fleet {
  readonly server: string;
  readonly claims: Settings['claims'];
}

export interface ClaimsComponents {
  readonly store: Pick<ObjectStore, 'get' | 'put' | 'description'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: NodeEmitter;
}

/** Of this node, since its start. */
export interface ClaimsSnapshot {
  readonly held: number;
  readonly taken: number;
  /** Asked for while somebody held them. */
  readonly refused: number;
  /** The store gave no answer, or none that can be used. */
  readonly failed: number;
  /** Ended without having been released. */
  readonly lost: number;
  /** Whether the store is known not to honour conditional writes: then nobody gets any. */
  readonly isUnfit: boolean;
}

type Won = { readonly status: 'taken'; readonly won: WonClaim };
type Held = { readonly status: 'held'; readonly holder: ClaimHolder };

/** Whoever loses a race looks again; many times in a row only where a claim is given back as soon as it is taken. */
const mostTries = 5;
/** Each has timers, and a request every third of its time. */
const mostHeld = 10_000;

/** The claims that a node asks for and holds. */
export class Claims {
  readonly #settings: ClaimsSettings;
  readonly #components: ClaimsComponents;
  readonly #conditions: HonouredConditions;
  readonly #held = new Map<string, HeldClaim>();
  readonly #stopping = new AbortController();
  #counts = { taken: 0, refused: 0, failed: 0, lost: 0 };

  constructor(settings: ClaimsSettings, components: ClaimsComponents) {
    this.#settings = settings;
    this.#components = components;
    this.#conditions = new HonouredConditions(components.store.description);
  }

  /**
   * Throws `invalid-update` for what is no URL, `invalid-settings` for a bad `ttlMs`, `store-unavailable` (the claim may be ours, and
   * nobody's, until its time is over), `store-refused` (also where the store does not honour conditional writes), `closed`,
   * and for something in the bucket that is no claim of this fleet `corrupt`, `unknown-key` or `newer-format`: it is left as it is.
   */
  async claim(url: string, options: ClaimOptions = {}): Promise<ClaimAnswer> {
    const { ttlMs = this.#settings.claims.ttlMs, renew = true, signal: asked } = options;
    checkedUrl(url);
    checkTtl(ttlMs);
    this.#conditions.expect();
    const stopping = this.#stopping.signal;
    const signal = asked === undefined ? stopping : AbortSignal.any([stopping, asked]);
    if (signal.aborted) throw closedError('claiming', signal);
    if (this.#held.size >= mostHeld)
      throw new BucketcastError('store-unavailable', `this node holds ${mostHeld} claims, as many as it may`);
    const answer = await this.#take(url, ttlMs, signal).catch((error: unknown) => this.#failed(error));
    if (answer.status === 'held') {
      this.#counts.refused += 1;
      return answer;
    }
    const claim = this.#hold(answer.won);
    if (signal.aborted) {
      await claim.release();
      throw closedError('claiming', signal);
    }
    if (renew) claim.keep();
    return { status: 'taken', claim };
  }

  /** One that this node holds. */
  find(id: string): Claim | undefined {
    return this.#held.get(id);
  }

  snapshot(): ClaimsSnapshot {
    return { held: this.#held.size, ...this.#counts, isUnfit: this.#conditions.areKnownIgnored };
  }

  /** Gives none any more, and releases all of them, as far as the store answers within `timeoutMs`. Idempotent. */
  async stop(timeoutMs: number): Promise<void> {
    this.#stopping.abort(closedError('the node'));
    const releases = Promise.allSettled([...this.#held.values()].map((claim) => claim.release()));
    await settledWithin(this.#components.clock, timeoutMs, releases);
  }

  async #take(url: string, ttlMs: number, signal: AbortSignal): Promise<Won | Held> {
    const { clock, random } = this.#components;
    const { server, claims } = this.#settings;
    const object = new ClaimObject(url, { ...this.#components, fleet: this.#settings });
    let seen = await object.read(signal);
    for (let tries = 1; tries <= mostTries; tries += 1) {
      const { heard, standing } = seen;
      const decision = decideClaim(standing, { time: heard.time, marginMs: claims.marginMs });
      if (decision.do === 'distrust')
        throw corruptError(object.key, 'has no MAC, and encryption.required is set');
      if (decision.do === 'wait') {
        const { holder, until } = decision;
        return { status: 'held', holder: { server: holder.server, token: holder.token, until } };
      }
      const since = clock.monotonic();
      const record = {
        server,
        claim: randomHex(random, 16),
        nonce: randomHex(random, 16),
        token: decision.token,
        expiresAt: Math.ceil(heard.time + (since - heard.askedAt)) + ttlMs,
        released: false,
      };
      const written = await object.write(record, decision.condition, signal);
      if (written.status === 'written') {
        const won = { object, record, etag: written.etag, heard: written.heard, since, ttlMs };
        return { status: 'taken', won: await this.#proven(won, signal) };
      }
      seen = written;
    }
    throw new BucketcastError('store-unavailable', `the claim of ${url} changes faster than it can be taken`);
  }

  /** The first one that is won shows whether it means anything; and none is given that has ended by now. */
  async #proven(won: WonClaim, signal: AbortSignal): Promise<WonClaim> {
    const { object, record, etag, since, ttlMs } = won;
    try {
      await this.#conditions.check(object, record, signal);
      if (this.#components.clock.monotonic() - since < ttlMs) return won;
      throw new BucketcastError(
        'store-unavailable',
        `the store took longer to answer than ${ttlMs} ms, which is ttlMs`,
      );
    } catch (error) {
      const nonce = randomHex(this.#components.random, 16);
      // Asking has moved the ETag on where a condition is ignored; but there nobody holds anything.
      const condition = this.#conditions.areKnownIgnored ? undefined : { etag };
      await object.put({ ...record, nonce, released: true }, condition).catch(() => {});
      throw error;
    }
  }

  #hold(won: WonClaim): HeldClaim {
    const { clock, random } = this.#components;
    const claim = new HeldClaim(won, { clock, random, ended: (which, why) => this.#ended(which, why) });
    this.#held.set(claim.id, claim);
    this.#counts.taken += 1;
    return claim;
  }

  #ended({ id, url, token }: HeldClaim, why: ClaimEnd): void {
    this.#held.delete(id);
    if (why === 'released') return;
    this.#counts.lost += 1;
    this.#components.events.emit('claim-lost', { url, token, reason: why });
  }

  #failed(error: unknown): never {
    if (!isBucketcastError(error, 'closed')) this.#counts.failed += 1;
    if (!isBucketcastError(error, 'corrupt')) throw error;
    const { key, reason } = error.details as { key: string; reason: string };
    this.#components.events.emit('distrusted', { key, reason });
    throw new BucketcastError('corrupt', error.message, {
      hint: 'Nothing was changed. See who wrote it; once it is deleted, the URL can be claimed again.',
      details: error.details,
      cause: error,
    });
  }
}

function checkTtl(ttlMs: number): void {
  if (Number.isInteger(ttlMs) && ttlMs >= SECOND && ttlMs <= longestTtlMs) return;
  throw new BucketcastError(
    'invalid-settings',
    `ttlMs: expected a whole number of ${SECOND} to ${longestTtlMs}, got ${String(ttlMs)}`,
  );
}

/** A day: what holds for longer is a setting, not a claim. */
const longestTtlMs = 24 * 3600 * SECOND;
