/** How fast a sink has been: updates acknowledged, and what the latest of them took. Pure. */
export interface SinkPace {
  /** Updates acknowledged so far. */
  readonly delivered: number;
  /** Monotonic ms of the last acknowledgement. */
  readonly lastAt: number | undefined;
  /** Of the latest acknowledgements, older ones counting less and less. */
  readonly recentMs: number;
  readonly recentUpdates: number;
}

export const noPace: SinkPace = { delivered: 0, lastAt: undefined, recentMs: 0, recentUpdates: 0 };

/** Weight of what was before, at each acknowledgement. */
const keep = 0.8;

/** `updates` were acknowledged at `now`, `ms` after they were handed over or the ones before them acknowledged. */
export function acknowledged(pace: SinkPace, updates: number, ms: number, now: number): SinkPace {
  return {
    delivered: pace.delivered + updates,
    lastAt: now,
    recentMs: pace.recentMs * keep + ms,
    recentUpdates: pace.recentUpdates * keep + updates,
  };
}

/** Running average, ms an update; `undefined` before the first. */
export function msPerUpdate({ recentMs, recentUpdates }: SinkPace): number | undefined {
  return recentUpdates === 0 ? undefined : recentMs / recentUpdates;
}
