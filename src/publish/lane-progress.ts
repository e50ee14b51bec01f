/**
 * Which numbers of a lane are durable.
 *
 * | a number is | message | and becomes | effect |
 * |---|---|---|---|
 * | the next one | begin | writing | write |
 * | writing | durable | durable | settle what is contiguous now |
 * | writing | refused | to be entombed | entomb |
 * | to be entombed | durable | durable | settle what is contiguous now |
 *
 * Numbers stay dense: a refused one keeps its place and gets a tombstone, and nothing above it is settled before.
 */
export interface LaneProgress {
  /** The number that the next segment gets. */
  readonly assigned: number;
  /** Everything below is durable: what a tip may say. */
  readonly prefix: number;
  /** Durable numbers above the prefix. */
  readonly beyond: ReadonlySet<number>;
}

export type ProgressMessage =
  | { readonly type: 'begin' }
  | { readonly type: 'durable'; readonly sequence: number }
  | { readonly type: 'refused'; readonly sequence: number };

export type ProgressEffect =
  | { readonly type: 'write'; readonly sequence: number }
  | { readonly type: 'entomb'; readonly sequence: number }
  /** Numbers `[from, to)` have become part of the contiguous durable prefix. */
  | { readonly type: 'settle'; readonly from: number; readonly to: number };

export const noProgress: LaneProgress = { assigned: 0, prefix: 0, beyond: new Set() };

export function progress(
  state: LaneProgress,
  message: ProgressMessage,
): { readonly state: LaneProgress; readonly effects: readonly ProgressEffect[] } {
  switch (message.type) {
    case 'begin': {
      const sequence = state.assigned;
      return { state: { ...state, assigned: sequence + 1 }, effects: [{ type: 'write', sequence }] };
    }
    case 'refused':
      return { state, effects: [{ type: 'entomb', sequence: message.sequence }] };
    default:
      return durable(state, message.sequence);
  }
}

function durable(state: LaneProgress, sequence: number): ReturnType<typeof progress> {
  const beyond = new Set(state.beyond).add(sequence);
  let prefix = state.prefix;
  while (beyond.delete(prefix)) prefix += 1;
  const next = { ...state, prefix, beyond };
  const moved = prefix > state.prefix;
  return { state: next, effects: moved ? [{ type: 'settle', from: state.prefix, to: prefix }] : [] };
}
