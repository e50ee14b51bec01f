import { type LaneState, type LaneTrouble, laneTrouble } from './lane-state.ts';

/** Why a lane does not go on by itself, and since when. Times are monotonic ms. */
export interface ReaderTrouble {
  readonly kind: LaneTrouble;
  /** The segment that is in the way. */
  readonly sequence: number;
  readonly since: number;
  /** GETs that came to this. */
  readonly tries: number;
  /** When it is asked for again; in the past while that is under way. */
  readonly retryAt: number;
  /** Of a missing segment: when its absence may count as a gap. */
  readonly patienceEndsAt: number;
}

/** The trouble that a lane is in after a step at `now`; the same trouble goes on since it began. */
export function readerTrouble(
  state: LaneState,
  before: ReaderTrouble | undefined,
  now: number,
  patienceMs: number,
): ReaderTrouble | undefined {
  const kind = laneTrouble(state);
  if (kind === undefined) return undefined;
  const slot = state.slots.get(state.head);
  const past = slot !== undefined && 'past' in slot ? slot.past : undefined;
  const goesOn = before?.kind === kind && before.sequence === state.head;
  const missingSince = past?.missingSince ?? now;
  const since = kind === 'missing' ? missingSince : now;
  return {
    kind,
    sequence: state.head,
    since: goesOn ? before.since : since,
    tries: kind === 'corrupt' ? (past?.corrupt ?? 0) : (past?.failures ?? 0),
    retryAt: (slot !== undefined && 'wakeAt' in slot ? slot.wakeAt : undefined) ?? now,
    patienceEndsAt: missingSince + patienceMs,
  };
}
