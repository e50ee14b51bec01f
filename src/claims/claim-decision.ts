import type { ClaimRecord, ReadClaim } from './claim-record.ts';

/** What stands at a claim's key. */
export interface Standing extends ReadClaim {
  readonly etag: string;
}

/**
 * - `take`: write, if what was found is what stands there still
 * - `wait`: somebody holds it, and may go on holding it until then, by the store's clock
 * - `distrust`: somebody says to hold it who cannot prove to be of the fleet
 */
export type ClaimDecision =
  | { readonly do: 'take'; readonly token: number; readonly condition: 'absent' | { readonly etag: string } }
  | { readonly do: 'wait'; readonly holder: ClaimRecord; readonly until: number }
  | { readonly do: 'distrust' };

export interface ClaimView {
  /** The store's clock when it showed what stands there, ms since the epoch; what it tells is never ahead of it. */
  readonly time: number;
  readonly marginMs: number;
}

/**
 * A token is the store's time, or one more than the last if that is not less: so tokens go on rising even if somebody
 * deleted the claim, or put an older one back.
 */
export function decideClaim(standing: Standing | undefined, view: ClaimView): ClaimDecision {
  const time = Math.floor(view.time);
  if (standing === undefined) return { do: 'take', token: time, condition: 'absent' };
  const { record, etag, isProven } = standing;
  const until = record.expiresAt + view.marginMs;
  if (record.released || time >= until) {
    // Whoever cannot sign shall not drive the tokens to the end of the numbers either.
    const token = isProven ? Math.max(record.token + 1, time) : time;
    return { do: 'take', token, condition: { etag } };
  }
  return isProven ? { do: 'wait', holder: record, until } : { do: 'distrust' };
}

/**
 * What a write without a clear answer has come to:
 *
 * - `written`: it stands there, by its nonce
 * - `again`: it does not, or not yet, and nobody else has written; it may be tried again upon what stands there now
 * - `lost`: somebody else holds the claim, or nobody knows who
 */
export type Aftermath = 'written' | 'again' | 'lost';

/** `claim` and `nonce` are of that write. */
export function aftermath(
  standing: Pick<Standing, 'record'> | undefined,
  { claim, nonce }: Pick<ClaimRecord, 'claim' | 'nonce'>,
): Aftermath {
  if (standing?.record.nonce === nonce) return 'written';
  return standing?.record.claim === claim && !standing.record.released ? 'again' : 'lost';
}
