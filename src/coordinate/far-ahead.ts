import type { LaneReach } from '../log/keys.ts';

/**
 * Whether a claim must be borne out by the bucket before it is believed: one bad number would otherwise send
 * readers after segments that never were, and `next` is never taken back. `known` is the lane's `next` as known
 * so far, else a reader's position. An empty lane (`next` = `oldest`) needs nothing to exist.
 */
export function needsConfirming(claim: LaneReach, known: number | undefined, farAhead: number): boolean {
  return claim.next > claim.oldest && claim.next - (known ?? claim.oldest) > farAhead;
}
