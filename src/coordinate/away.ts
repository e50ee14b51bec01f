/**
 * The fleet forgets parked lanes some time after their last segment went. A subscription that did not take note for longer of
 * what the bucket names, because it was not read, its sink was paused or its node suspended, cut off or without a key, may
 * have missed writers that came and went, of which the bucket says nothing any more. For how long it did not, ms, if so;
 * `last` and `now` are store times.
 */
export function awayTooLong(last: number, now: number, forgetAfterMs: number): number | undefined {
  return now - last > forgetAfterMs ? now - last : undefined;
}
