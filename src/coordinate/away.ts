/**
 * The fleet forgets parked lanes some time after their last segment went. A node that did not poll for longer, because it
 * was not running, was suspended or cut off from the store, may have missed writers that came and went, of which the bucket
 * says nothing any more. How long it was away, ms, if so; `last` and `now` are store times of complete polls.
 */
export function awayTooLong(
  last: number | undefined,
  now: number,
  forgetAfterMs: number,
): number | undefined {
  return last !== undefined && now - last > forgetAfterMs ? now - last : undefined;
}
