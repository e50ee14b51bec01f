/**
 * Whether a segment that is durable now will be found, even if this process never writes again.
 *
 * Whoever parks a writer looks beyond its tip, so a durable segment is found as long as *some* tip of the writer
 * still stands. A tip is parked only after it has stood unmoved for `janitor.quietMs`, which is longer than
 * `retireAfterMs`: one younger than that is surely still there. With an older one (a process that was suspended
 * in the middle of its work) the update has to wait for the next tip. The monotonic clock stands still while
 * some machines sleep, so the store's own times have to agree.
 */
export interface StandingTip {
  /** Monotonic time at which its PUT began. */
  readonly startedAt: number;
  /** Store time of its acknowledgement. */
  readonly time: number;
}

export interface DurableMoment {
  /** Monotonic. */
  readonly now: number;
  /** Store time of the answer that made the segment durable. */
  readonly time: number;
}

export function willBeFound(
  tip: StandingTip | undefined,
  moment: DurableMoment,
  retireAfterMs: number,
): boolean {
  if (tip === undefined) return false;
  return moment.now - tip.startedAt < retireAfterMs && moment.time - tip.time < retireAfterMs;
}
