import { backoffMs } from '../base/backoff.ts';
import type { LaneReach } from '../log/keys.ts';
import type { SegmentOutcome } from '../log/segment-fetcher.ts';
import { type LaneContext, type LaneStep, noPast, plain, startListing, withSlot } from './lane-effects.ts';
import { answered } from './lane-outcome.ts';
import { isBlocked, type LaneState, type Loss, type Past } from './lane-state.ts';

export type LaneMessage =
  | { readonly type: 'reach'; readonly reach: LaneReach }
  /** A complete poll that began at `startedAt` (monotonic), its findings already told. */
  | { readonly type: 'polled'; readonly startedAt: number }
  | { readonly type: 'start'; readonly sequence: number }
  | { readonly type: 'outcome'; readonly sequence: number; readonly outcome: SegmentOutcome }
  | { readonly type: 'failed'; readonly sequence: number }
  /** `found`: the first segment that the LIST showed after `from`. `oldest`: as known when it was asked for. */
  | {
      readonly type: 'listed';
      readonly from: number;
      readonly oldest: number;
      readonly found: number | undefined;
    }
  | { readonly type: 'list-failed'; readonly from: number }
  /** Keys have changed: what was blocked for want of one may be read now. */
  | { readonly type: 'rekeyed' }
  /** `takeEntries` has moved the head. */
  | { readonly type: 'arrived' }
  | { readonly type: 'timer' };

/** The next state of a lane, and what its actor has to do about it. */
export function stepLane(state: LaneState, message: LaneMessage, context: LaneContext): LaneStep {
  switch (message.type) {
    case 'reach':
      return reached(state, message.reach);
    case 'polled':
      return polled(state, message.startedAt, context);
    case 'start':
      return started(state, message.sequence);
    case 'outcome':
      return answered(state, message.sequence, message.outcome, context);
    case 'failed':
      return failed(state, message.sequence, context);
    case 'listed':
      return listed(state, message);
    case 'list-failed':
      return listFailed(state, message.from, context);
    case 'rekeyed':
      return rekeyed(state);
    case 'arrived':
      return arrived(state);
    default:
      return woken(state, context);
  }
}

function reached(state: LaneState, reach: LaneReach): LaneStep {
  return plain({
    ...state,
    next: Math.max(state.next, reach.next),
    oldest: Math.max(state.oldest, reach.oldest),
  });
}

function polled(state: LaneState, startedAt: number, context: LaneContext): LaneStep {
  let changed = state;
  for (const [sequence, slot] of state.slots) {
    if (!('past' in slot) || slot.past.polled || slot.past.missingSince === undefined) continue;
    if (slot.past.missingSince > startedAt) continue;
    changed = withSlot(changed, sequence, { ...slot, past: { ...slot.past, polled: true } });
  }
  const head = changed.slots.get(changed.head);
  if (head?.state === 'missing') return retryMissing(changed, head.past);
  if (head?.state === 'resting' && isBlocked(head) && context.now >= (head.wakeAt ?? 0)) {
    return plain(withSlot(changed, changed.head, { state: 'wanted', past: head.past }));
  }
  return plain(changed);
}

function started(state: LaneState, sequence: number): LaneStep {
  const slot = state.slots.get(sequence);
  if (slot !== undefined && slot.state !== 'wanted') return plain(state);
  const past = slot?.past ?? noPast;
  return {
    state: withSlot(state, sequence, { state: 'fetching', past }),
    effects: [{ type: 'fetch', sequence }],
  };
}

function failed(state: LaneState, sequence: number, context: LaneContext): LaneStep {
  const slot = state.slots.get(sequence);
  if (slot?.state !== 'fetching') return plain(state);
  const past = { ...slot.past, failures: slot.past.failures + 1, blocked: 0 };
  const wakeAt = context.now + backoffMs(slot.past.failures, context.retry, context.random);
  return plain(withSlot(state, sequence, { state: 'resting', past, wakeAt }));
}

/** A segment in memory or on its way is not gone, whatever the LIST shows. */
function listed(state: LaneState, message: Extract<LaneMessage, { type: 'listed' }>): LaneStep {
  const { from, oldest, found } = message;
  if (from !== state.head || state.slots.get(from)?.state !== 'listing') return plain(state);
  let there = found !== undefined && found > from && found < oldest ? found : oldest;
  for (const [sequence, slot] of state.slots) {
    const coming = slot.state === 'ready' || slot.state === 'fetching' || slot.state === 'lost';
    if (coming && sequence > from && sequence < there) there = sequence;
  }
  const why = `retention trimmed the segments before they were read (the lane is kept from ${oldest})`;
  const loss: Loss = { reason: 'expired', from, to: there, message: why, recover: true };
  return plain(withSlot(state, from, { state: 'lost', loss }));
}

function listFailed(state: LaneState, from: number, context: LaneContext): LaneStep {
  const slot = state.slots.get(from);
  if (from !== state.head || slot?.state !== 'listing') return plain(state);
  const past = { ...slot.past, failures: slot.past.failures + 1 };
  const wakeAt = context.now + backoffMs(slot.past.failures, context.retry, context.random);
  return plain(withSlot(state, from, { state: 'missing', past, wakeAt }));
}

function rekeyed(state: LaneState): LaneStep {
  let changed = state;
  for (const [sequence, slot] of state.slots)
    if (slot.state === 'resting' && isBlocked(slot))
      changed = withSlot(changed, sequence, { state: 'wanted', past: slot.past });
  return plain(changed);
}

/** Read-ahead met trouble that only the head may settle: now it is the head. */
function arrived(state: LaneState): LaneStep {
  const slot = state.slots.get(state.head);
  if (slot?.state === 'missing') return retryMissing(state, slot.past);
  if (slot?.state === 'resting' && isBlocked(slot)) {
    return plain(withSlot(state, state.head, { state: 'wanted', past: slot.past }));
  }
  return plain(state);
}

function woken(state: LaneState, context: LaneContext): LaneStep {
  let changed = state;
  let missing: Past | undefined;
  for (const [sequence, slot] of state.slots) {
    if (!('wakeAt' in slot) || slot.wakeAt === undefined || slot.wakeAt > context.now || isBlocked(slot))
      continue;
    if (slot.state === 'resting') changed = withSlot(changed, sequence, { state: 'wanted', past: slot.past });
    else if (sequence === state.head) missing = slot.past;
  }
  return missing === undefined ? plain(changed) : retryMissing(changed, missing);
}

function retryMissing(state: LaneState, past: Past): LaneStep {
  if (state.head < state.oldest) return startListing(state);
  return plain(withSlot(state, state.head, { state: 'wanted', past }));
}
