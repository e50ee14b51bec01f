/** Work on one URL that only this server of the fleet does now, as far as clocks and networks allow. */
export interface Claim extends AsyncDisposable {
  readonly url: string;
  /** 32 hex digits. */
  readonly id: string;
  /**
   * The fencing token: larger than that of every earlier holder. Give it along with whatever the work writes, and have
   * refused there what carries a smaller one than was seen.
   */
  readonly token: number;
  /** By the store's clock, ms since the epoch; moves with every renewal. */
  readonly expiresAt: number;
  /**
   * Aborts when the claim is released, is lost, or may be: its time has passed on this machine's monotonic clock without a
   * renewal that was answered for.
   */
  readonly signal: AbortSignal;
  /**
   * Holds it for another `ttlMs`. `false`: it is lost, or released. Throws `store-unavailable` and `store-refused`, and then it
   * holds for as long as it did.
   */
  renew(): Promise<boolean>;
  /**
   * Lets others have it at once; idempotent. Throws `store-unavailable` and `store-refused`, and then it ends by itself.
   * Disposing of it does the same, and throws nothing.
   */
  release(): Promise<void>;
}

export interface ClaimOptions {
  /** How long it holds without being renewed, from a second up. Default `claims.ttlMs`. */
  readonly ttlMs?: number;
  /**
   * Whether it renews itself, each third of `ttlMs`, until it is released or the node stops. Default `true`: work that hangs
   * then keeps the claim. Without it the work has to renew, or be done in time.
   */
  readonly renew?: boolean;
  /** Ends the asking; not a claim that was given. */
  readonly signal?: AbortSignal;
}

/** Who holds a claim. */
export interface ClaimHolder {
  readonly server: string;
  readonly token: number;
  /** When others may have it unless it is renewed, by the store's clock, ms since the epoch. */
  readonly until: number;
}

export type ClaimAnswer =
  | { readonly status: 'taken'; readonly claim: Claim }
  | { readonly status: 'held'; readonly holder: ClaimHolder };
