/**
 * How many requests may be under way at once, by additive increase and multiplicative decrease.
 *
 * | what happens | effect |
 * |---|---|
 * | the store throttles a request begun after the last cut | `limit` is halved, but stays at least 1 |
 * | it throttles a request begun before the last cut | nothing: that cut already answers it |
 * | `limit` requests begun after the last cut have succeeded | `limit` grows by one, up to `max` |
 */
export interface Aimd {
  readonly limit: number;
  readonly max: number;
  /** Successes since the last change of `limit`. */
  readonly successes: number;
  /** Monotonic milliseconds of the last cut. */
  readonly cutAt: number;
}

export function startAimd(max: number): Aimd {
  return { limit: max, max, successes: 0, cutAt: Number.NEGATIVE_INFINITY };
}

/** `startedAt`: when the throttled request began; one round trip's worth of refusals makes one cut. */
export function onThrottled(state: Aimd, startedAt: number, now: number): Aimd {
  if (startedAt < state.cutAt) return state;
  return { ...state, limit: Math.max(1, Math.floor(state.limit / 2)), successes: 0, cutAt: now };
}

export function onSuccess(state: Aimd, startedAt: number): Aimd {
  if (state.limit >= state.max || startedAt < state.cutAt) return state;
  if (state.successes + 1 < state.limit) return { ...state, successes: state.successes + 1 };
  return { ...state, limit: state.limit + 1, successes: 0 };
}

/** A new ceiling: lowered at once, raised step by step unless nothing had been cut. */
export function withMax(state: Aimd, max: number): Aimd {
  const limit = state.limit === state.max ? max : Math.min(state.limit, max);
  return { ...state, limit, max };
}
