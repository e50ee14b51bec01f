import type { Clock } from '../base/clock.ts';
import { BucketcastError, isBucketcastError } from '../base/errors.ts';
import { type Random, randomHex } from '../base/random.ts';
import type { Claim } from './claim.ts';
import { aftermath } from './claim-decision.ts';
import type { ClaimObject, HeardTime } from './claim-object.ts';
import type { ClaimRecord } from './claim-record.ts';

/** What was written when the claim was won. */
export interface WonClaim {
  readonly object: ClaimObject;
  readonly record: ClaimRecord;
  readonly etag: string;
  readonly heard: HeardTime;
  /** Our monotonic time when `expiresAt` was worked out. */
  readonly since: number;
  readonly ttlMs: number;
}

export interface HeldClaimParts {
  readonly clock: Clock;
  readonly random: Random;
  /** Called once, when it ends. */
  readonly ended: (claim: HeldClaim, why: ClaimEnd) => void;
}

/** `expired`: it was not renewed in time, or nothing told us so. `taken over`: what stands in the bucket is not ours any more. */
export type ClaimEnd = 'released' | 'expired' | 'taken over';

/** So often renewals are tried in the time of a claim. */
const renewalsInTtl = 3;
/** A renewal that arrived late has moved the ETag on, and a store may refuse a write for none that is seen: tried again at once, so often. */
const mostTries = 4;

/**
 *   held ──renew──► held          what is not answered for in time: lost
 *   held ──release, lost──► ended
 *
 * One request at a time; a release waits for a renewal under way. The signal aborts before the release is written, and at the
 * latest when `ttlMs` have passed since the last renewal that was answered for was *begun*: others wait for longer than that.
 */
export class HeldClaim implements Claim {
  readonly url: string;
  readonly id: string;
  readonly token: number;
  readonly #object: ClaimObject;
  readonly #ttlMs: number;
  readonly #parts: HeldClaimParts;
  readonly #ending = new AbortController();
  #record: ClaimRecord;
  #etag: string;
  #heard: HeardTime;
  /** Monotonic. */
  #deadline: number;
  #cancelDeadline: () => void = () => {};
  #cancelRenewal: () => void = () => {};
  #busy: Promise<unknown> = Promise.resolve();
  #released: Promise<void> | undefined;

  constructor({ object, record, etag, heard, since, ttlMs }: WonClaim, parts: HeldClaimParts) {
    this.url = object.url;
    this.id = record.claim;
    this.token = record.token;
    this.#object = object;
    this.#ttlMs = ttlMs;
    this.#parts = parts;
    this.#record = record;
    this.#etag = etag;
    this.#heard = heard;
    this.#deadline = since + ttlMs;
    this.#watch();
  }

  get expiresAt(): number {
    return this.#record.expiresAt;
  }

  get signal(): AbortSignal {
    // After a pause of the process its timers come late; whoever looks is not deceived.
    this.#hasTime();
    return this.#ending.signal;
  }

  /** From now on it renews itself. */
  keep(): void {
    this.#cancelRenewal();
    this.#cancelRenewal = this.#parts.clock.after(this.#ttlMs / renewalsInTtl, () => {
      const again = () => {
        if (!this.#ending.signal.aborted) this.keep();
      };
      // A failure is told when the time is over without a renewal that succeeds.
      void this.renew().then(again, again);
    });
  }

  renew(): Promise<boolean> {
    return this.#inTurn(() => this.#renew());
  }

  release(): Promise<void> {
    if (this.#released) return this.#released;
    const isHeld = this.#hasTime();
    this.#end('released');
    this.#released = isHeld ? this.#inTurn(() => this.#release()) : Promise.resolve();
    return this.#released;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release().catch(() => {});
  }

  async #renew(): Promise<boolean> {
    for (let tries = 1; this.#hasTime(); tries += 1) {
      const since = this.#parts.clock.monotonic();
      const expiresAt = this.#storeTime(since) + this.#ttlMs;
      const record = { ...this.#record, nonce: this.#nonce(), expiresAt };
      // Until its answer counts, the claim ends when it did; then nobody waits for the answer.
      const outcome = await this.#write(record, this.#ending.signal).catch((error: unknown) => {
        if (this.#ending.signal.aborted) return 'lost' as const;
        throw error;
      });
      if (outcome === 'written' && this.#hasTime()) {
        this.#record = record;
        this.#deadline = since + this.#ttlMs;
        this.#watch();
        return true;
      }
      if (outcome === 'lost') this.#end('taken over');
      if (outcome === 'again' && tries === mostTries) throw this.#unsettled('renewed');
    }
    return false;
  }

  async #release(): Promise<void> {
    const { clock } = this.#parts;
    const record = { ...this.#record, nonce: this.#nonce(), released: true };
    // Once its time is over nobody gains by waiting for a store that hangs.
    const over = new AbortController();
    const cancel = clock.after(Math.max(0, this.#deadline - clock.monotonic()), () => over.abort());
    try {
      for (let tries = 1; tries <= mostTries && !over.signal.aborted; tries += 1) {
        // What is lost by now needs none.
        if ((await this.#write(record, over.signal)) !== 'again') return;
      }
    } catch (error) {
      if (!over.signal.aborted) throw error;
    } finally {
      cancel();
    }
    throw this.#unsettled('released');
  }

  /** Notes the ETag of what stands there. */
  async #write(record: ClaimRecord, signal?: AbortSignal): Promise<'written' | 'again' | 'lost'> {
    try {
      const written = await this.#object.write(record, { etag: this.#etag }, signal);
      this.#heard = written.heard;
      if (written.status === 'written') {
        this.#etag = written.etag;
        return 'written';
      }
      const what = aftermath(written.standing, record);
      if (written.standing && what !== 'lost') this.#etag = written.standing.etag;
      return what;
    } catch (error) {
      // Something that is no claim of this fleet stands in its place.
      if (foreign.some((code) => isBucketcastError(error, code))) return 'lost';
      throw error;
    }
  }

  async #inTurn<T>(run: () => Promise<T>): Promise<T> {
    const before = this.#busy;
    const turn = before.then(run, run);
    this.#busy = turn.catch(() => {});
    return turn;
  }

  /** The latest that the store's clock can show. */
  #storeTime(now: number): number {
    return Math.ceil(this.#heard.time + (now - this.#heard.askedAt));
  }

  #hasTime(): boolean {
    if (this.#ending.signal.aborted) return false;
    if (this.#parts.clock.monotonic() < this.#deadline) return true;
    this.#end('expired');
    return false;
  }

  #watch(): void {
    this.#cancelDeadline();
    const leftMs = this.#deadline - this.#parts.clock.monotonic();
    this.#cancelDeadline = this.#parts.clock.after(leftMs, () => {
      // A timer may fire a moment early.
      if (this.#hasTime()) this.#watch();
    });
  }

  #end(why: ClaimEnd): void {
    if (this.#ending.signal.aborted) return;
    this.#cancelDeadline();
    this.#cancelRenewal();
    this.#ending.abort(new BucketcastError('closed', `the claim of ${this.url} is ${why}`));
    this.#parts.ended(this, why);
  }

  #nonce(): string {
    return randomHex(this.#parts.random, 16);
  }

  #unsettled(what: string): BucketcastError {
    return new BucketcastError('store-unavailable', `the claim of ${this.url} could not be ${what}`);
  }
}

const foreign = ['corrupt', 'unknown-key', 'newer-format'] as const;
