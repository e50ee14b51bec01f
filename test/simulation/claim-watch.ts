import type { Claim } from '../../src/claims/claim.ts';
import type { LedgerEntry } from '../ledger/entries.ts';
import type { NodeClock } from './node-clock.ts';

interface Holder {
  readonly server: string;
  readonly claim: Claim;
  /** Of the process that holds it. */
  readonly clock: NodeClock;
}

/**
 * Sees all claims of the fleet at one instant, which no server can, and writes down what must never be: two that hold one URL, each by
 * what it sees itself, or a token that does not rise. A machine that slept is left out: its clock did not count that time.
 */
export class ClaimWatch {
  readonly #write: (entry: LedgerEntry) => void;
  readonly #areHonoured: () => boolean;
  readonly #holders = new Map<string, Holder[]>();
  readonly #tokens = new Map<string, number>();

  constructor(write: (entry: LedgerEntry) => void, areHonoured: () => boolean) {
    this.#write = write;
    this.#areHonoured = areHonoured;
  }

  /** A server was given a claim. */
  taken(holder: Holder): void {
    const { server, claim, clock } = holder;
    const { url, token } = claim;
    if (!this.#areHonoured()) this.#fail(`${server} was given ${url}, but the store ignores conditions`);
    if (clock.hasSlept) return;
    const last = this.#tokens.get(url) ?? 0;
    if (token <= last) this.#fail(`${server} was given ${url} with the token ${token} after ${last}`);
    this.#tokens.set(url, Math.max(token, last));
    const live = (this.#holders.get(url) ?? []).filter(isLive);
    for (const other of live) this.#fail(`${server} was given ${url}, which ${other.server} holds`);
    this.#holders.set(url, [...live, holder]);
  }

  #fail(what: string): void {
    this.#write({ type: 'failed', what });
  }
}

function isLive({ claim, clock }: Holder): boolean {
  return !clock.dead && !clock.hasSlept && !claim.signal.aborted;
}
