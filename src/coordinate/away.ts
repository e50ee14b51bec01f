import type { State } from '../state/state.ts';

/**
 * The fleet forgets parked lanes some time after their last segment went. A node that did not poll for longer may have
 * missed writers that came and went, of which the bucket says nothing any more. How long it was away, ms, if so.
 * A server without subscriptions had nothing to miss.
 */
export function awayTooLong(
  state: Pick<State, 'lastPollAt' | 'subscriptions'>,
  storeTime: number,
  forgetAfterMs: number,
): number | undefined {
  const last = state.lastPollAt();
  if (last === undefined || state.subscriptions().length === 0) return undefined;
  const awayMs = storeTime - last;
  return awayMs > forgetAfterMs ? awayMs : undefined;
}
