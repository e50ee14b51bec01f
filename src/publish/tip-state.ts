import type { LaneReach } from '../log/keys.ts';

/**
 * When a writer's tip is written, and when older ones are deleted.
 *
 * | state | what it waits for |
 * |---|---|
 * | clean: `wanted` = `acked` | the lanes to move |
 * | dirty | the interval after the attempt before (not at stop), and the wait after a failure |
 * | writing | the answer; lanes may move on meanwhile |
 *
 * Every attempt has a rev of its own, so no key is ever written twice and a late DELETE of an old tip cannot
 * hit a new one. A tip becomes `litter`, to be deleted by its exact key, only once a newer one is acknowledged;
 * one whose attempt failed without a clear answer is `doubtful` until then.
 */
export interface TipState {
  /** Of the last attempt; the first is 1. */
  readonly rev: number;
  readonly wanted: readonly LaneReach[];
  readonly acked: readonly LaneReach[];
  readonly ackedKey: string | undefined;
  readonly writing: TipAttempt | undefined;
  readonly doubtful: readonly string[];
  readonly litter: readonly string[];
  readonly sweeping: readonly string[];
  /** Failed sweeps in a row; a new tip begins to count anew. */
  readonly sweepFailures: number;
  /** Monotonic times, milliseconds, before which nothing is sent. */
  readonly restUntil: number;
  readonly retryAt: number;
  readonly sweepAt: number;
  /** Set at stop: `restUntil` no longer counts. */
  readonly finishing: boolean;
}

export interface TipAttempt {
  readonly rev: number;
  readonly lanes: readonly LaneReach[];
  /** Monotonic time at which its PUT began. */
  readonly startedAt: number;
}

export type TipMessage =
  | { readonly type: 'reach'; readonly lane: number; readonly next: number }
  | { readonly type: 'raise'; readonly lane: number; readonly oldest: number }
  | { readonly type: 'tick' }
  | { readonly type: 'finish' }
  | { readonly type: 'written'; readonly key: string }
  /** `mayExist`: the outcome is unknown. */
  | { readonly type: 'failed'; readonly key: string; readonly mayExist: boolean; readonly retryMs: number }
  | { readonly type: 'swept'; readonly failed: readonly string[]; readonly retryMs: number };

export type TipEffect =
  | { readonly type: 'write'; readonly rev: number; readonly lanes: readonly LaneReach[] }
  | ({ readonly type: 'acknowledged' } & TipAttempt)
  | { readonly type: 'sweep'; readonly keys: readonly string[] }
  /** Send `tick` after `ms`. */
  | { readonly type: 'wake'; readonly ms: number };

export interface TipStep {
  readonly state: TipState;
  readonly effects: readonly TipEffect[];
}

/** Keys remembered for deletion; what is beyond is left to whoever parks the writer. */
const maxLitter = 1000;
/** Failed sweeps in a row before deleting waits for the next tip. */
const maxSweepFailures = 8;

export function newTipState(lanes: number): TipState {
  const start = Array.from({ length: lanes }, () => ({ next: 0, oldest: 0 }));
  return {
    rev: 0,
    wanted: start,
    acked: start,
    ackedKey: undefined,
    writing: undefined,
    doubtful: [],
    litter: [],
    sweeping: [],
    sweepFailures: 0,
    restUntil: 0,
    retryAt: 0,
    sweepAt: 0,
    finishing: false,
  };
}

export function isClean(state: TipState): boolean {
  return state.wanted.every((lane, index) => {
    const acked = state.acked[index] as LaneReach;
    return lane.next === acked.next && lane.oldest === acked.oldest;
  });
}

/** `now`: monotonic. */
export function stepTip(state: TipState, message: TipMessage, now: number, intervalMs: number): TipStep {
  const taken = take(state, message, now);
  const proceeded = proceed(taken.state, now, intervalMs);
  return { state: proceeded.state, effects: [...taken.effects, ...proceeded.effects] };
}

function take(state: TipState, message: TipMessage, now: number): TipStep {
  switch (message.type) {
    case 'tick':
      return { state, effects: [] };
    case 'reach':
      return { state: change(state, message.lane, { next: message.next }), effects: [] };
    case 'raise':
      return { state: change(state, message.lane, { oldest: message.oldest }), effects: [] };
    case 'finish':
      return { state: { ...state, finishing: true }, effects: [] };
    case 'written':
      return written(state, message.key);
    case 'failed': {
      const doubtful = message.mayExist ? [...state.doubtful, message.key].slice(-maxLitter) : state.doubtful;
      return {
        state: { ...state, writing: undefined, doubtful, retryAt: now + message.retryMs },
        effects: [],
      };
    }
    default: {
      const { failed, retryMs } = message;
      const failures = failed.length > 0 ? state.sweepFailures + 1 : 0;
      const sweepAt = failures > maxSweepFailures ? Number.POSITIVE_INFINITY : now + (failures && retryMs);
      const litter = [...failed, ...state.litter].slice(-maxLitter);
      return { state: { ...state, sweeping: [], litter, sweepFailures: failures, sweepAt }, effects: [] };
    }
  }
}

function written(state: TipState, key: string): TipStep {
  const { writing } = state;
  if (!writing) return { state, effects: [] };
  const superseded = state.ackedKey === undefined ? [] : [state.ackedKey];
  const next: TipState = {
    ...state,
    acked: writing.lanes,
    ackedKey: key,
    writing: undefined,
    doubtful: [],
    litter: [...state.litter, ...superseded, ...state.doubtful].slice(-maxLitter),
    sweepFailures: 0,
    sweepAt: 0,
  };
  return { state: next, effects: [{ type: 'acknowledged', ...writing }] };
}

function change(state: TipState, lane: number, reach: Partial<LaneReach>): TipState {
  const before = state.wanted[lane] as LaneReach;
  const next = Math.max(before.next, reach.next ?? 0);
  // A writer never trims its open end, and what it has said it does not take back.
  const oldest = Math.max(before.oldest, Math.min(next, reach.oldest ?? 0));
  return { ...state, wanted: state.wanted.with(lane, { next, oldest }) };
}

function proceed(state: TipState, now: number, intervalMs: number): TipStep {
  const effects: TipEffect[] = [];
  let after = state;
  if (!after.writing && !isClean(after)) {
    const at = Math.max(after.retryAt, after.finishing ? 0 : after.restUntil);
    if (now >= at) {
      const rev = after.rev + 1;
      after = {
        ...after,
        rev,
        writing: { rev, lanes: after.wanted, startedAt: now },
        restUntil: now + intervalMs,
      };
      effects.push({ type: 'write', rev, lanes: after.wanted });
    } else {
      effects.push({ type: 'wake', ms: at - now });
    }
  }
  if (after.litter.length > 0 && after.sweeping.length === 0) {
    if (now >= after.sweepAt) {
      effects.push({ type: 'sweep', keys: after.litter });
      after = { ...after, sweeping: after.litter, litter: [] };
    } else if (Number.isFinite(after.sweepAt)) {
      effects.push({ type: 'wake', ms: after.sweepAt - now });
    }
  }
  return { state: after, effects };
}
