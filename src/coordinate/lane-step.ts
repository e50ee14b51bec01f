import { type BackoffSettings, backoffMs } from '../base/backoff.ts';
import type { Random } from '../base/random.ts';
import { type LaneReach, segmentKey } from '../log/keys.ts';
import type { SegmentOutcome } from '../log/segment-fetcher.ts';
import {
  type BlockReason,
  isBlocked,
  type LaneState,
  type Loss,
  type Past,
  type Slot,
} from './lane-state.ts';

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
  /** `takeEntries` has moved the head. */
  | { readonly type: 'arrived' }
  | { readonly type: 'timer' };

export type LaneEffect =
  | { readonly type: 'fetch'; readonly sequence: number }
  | { readonly type: 'list'; readonly from: number; readonly oldest: number }
  /** Fresh tips may explain a 404. */
  | { readonly type: 'poll' }
  | { readonly type: 'blocked'; readonly reason: BlockReason; readonly key: string; readonly hint: string }
  | { readonly type: 'unblocked' };

export interface LaneContext {
  /** Monotonic, ms. */
  readonly now: number;
  readonly random: Random;
  readonly patienceMs: number;
  readonly corruptTries: number;
  readonly retry: BackoffSettings;
}

export interface LaneStep {
  readonly state: LaneState;
  readonly effects: readonly LaneEffect[];
}

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
    case 'arrived':
      return arrived(state);
    default:
      return woken(state, context);
  }
}

const noPast: Past = { failures: 0, corrupt: 0, blocked: 0, missingSince: undefined, polled: false };

function reached(state: LaneState, reach: LaneReach): LaneStep {
  const next = Math.max(state.next, reach.next);
  const oldest = Math.max(state.oldest, reach.oldest);
  const joined = { ...state, next, oldest };
  const head = state.slots.get(state.head);
  return head?.state === 'missing' && state.head < oldest ? startListing(joined) : plain(joined);
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

function answered(
  state: LaneState,
  sequence: number,
  outcome: SegmentOutcome,
  context: LaneContext,
): LaneStep {
  const slot = state.slots.get(sequence);
  if (slot?.state !== 'fetching') return plain(state);
  const isHead = sequence === state.head;
  const past = { ...slot.past, failures: 0 };
  if (outcome.status === 'unknown-key' || outcome.status === 'newer-format') {
    return blocked(state, sequence, past, outcome, context);
  }
  // While the head is blocked nothing behind it can be delivered, so it is not kept in memory.
  if (!isHead && state.alert !== undefined) return plain(withoutSlot(state, sequence));
  const released: LaneEffect[] = isHead && state.alert !== undefined ? [{ type: 'unblocked' }] : [];
  const open = isHead ? { ...state, alert: undefined } : state;
  const step = resolved(open, sequence, { ...past, blocked: 0 }, outcome, context);
  return { state: step.state, effects: [...released, ...step.effects] };
}

function resolved(
  state: LaneState,
  sequence: number,
  past: Past,
  outcome: Extract<SegmentOutcome, { status: 'fetched' | 'missing' | 'corrupt' }>,
  context: LaneContext,
): LaneStep {
  switch (outcome.status) {
    case 'fetched':
      return plain(withSlot(state, sequence, { state: 'ready', segment: outcome.segment }));
    case 'missing':
      return missed(state, sequence, past, context);
    default:
      return spoiled(state, sequence, past, outcome, context);
  }
}

function missed(state: LaneState, sequence: number, past: Past, context: LaneContext): LaneStep {
  const since = past.missingSince ?? context.now;
  const history = { ...past, missingSince: since };
  const waiting: Slot = { state: 'missing', past: history, wakeAt: undefined };
  if (sequence !== state.head) return plain(withSlot(state, sequence, waiting));
  if (sequence < state.oldest) return startListing(withSlot(state, sequence, waiting));
  const end = since + context.patienceMs;
  if (context.now < end) {
    return { state: withSlot(state, sequence, { ...waiting, wakeAt: end }), effects: [{ type: 'poll' }] };
  }
  // Patience is over, but only tips read since the 404 can tell that the segment was not just trimmed.
  if (!past.polled) return { state: withSlot(state, sequence, waiting), effects: [{ type: 'poll' }] };
  return plain(
    withSlot(state, sequence, {
      state: 'lost',
      loss: {
        reason: 'missing',
        from: sequence,
        to: sequence + 1,
        message: `the segment should exist, and was not there for ${Math.round(context.now - since)} ms`,
      },
    }),
  );
}

function spoiled(
  state: LaneState,
  sequence: number,
  past: Past,
  outcome: Extract<SegmentOutcome, { status: 'corrupt' }>,
  context: LaneContext,
): LaneStep {
  const corrupt = past.corrupt + 1;
  if (corrupt < context.corruptTries) {
    const wakeAt = context.now + backoffMs(corrupt - 1, context.retry, context.random);
    return plain(withSlot(state, sequence, { state: 'resting', past: { ...past, corrupt }, wakeAt }));
  }
  const loss: Loss = {
    reason: 'corrupt',
    from: sequence,
    to: sequence + 1,
    message: outcome.reason,
    bytes: outcome.bytes,
  };
  return plain(withSlot(state, sequence, { state: 'lost', loss }));
}

function blocked(
  state: LaneState,
  sequence: number,
  past: Past,
  outcome: Extract<SegmentOutcome, { status: BlockReason }>,
  context: LaneContext,
): LaneStep {
  const count = past.blocked + 1;
  const wakeAt = context.now + backoffMs(count - 1, context.retry, context.random);
  const slot: Slot = { state: 'resting', past: { ...past, blocked: count }, wakeAt };
  if (sequence !== state.head) return plain(withSlot(state, sequence, slot));
  const kept = [...state.slots].filter(([at, other]) => at === sequence || other.state === 'fetching');
  const now = withSlot({ ...state, slots: new Map(kept), alert: outcome.status }, sequence, slot);
  if (state.alert === outcome.status) return plain(now);
  const key = segmentKey(state.id, sequence);
  return {
    state: now,
    effects: [{ type: 'blocked', reason: outcome.status, key, hint: blockHint(outcome) }],
  };
}

function blockHint(outcome: Extract<SegmentOutcome, { status: BlockReason }>): string {
  return outcome.status === 'unknown-key'
    ? `Add the encryption key "${outcome.keyId}" to encryption.keys and restart; the lane then goes on where it stopped.`
    : `Upgrade Bucketcast to a version that reads segment format ${outcome.version}; the lane then goes on where it stopped.`;
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
  const loss: Loss = { reason: 'expired', from, to: there, message: why };
  return plain(withSlot(state, from, { state: 'lost', loss }));
}

function listFailed(state: LaneState, from: number, context: LaneContext): LaneStep {
  const slot = state.slots.get(from);
  if (from !== state.head || slot?.state !== 'listing') return plain(state);
  const past = { ...slot.past, failures: slot.past.failures + 1 };
  const wakeAt = context.now + backoffMs(slot.past.failures, context.retry, context.random);
  return plain(withSlot(state, from, { state: 'missing', past, wakeAt }));
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

function startListing(state: LaneState): LaneStep {
  const slot = state.slots.get(state.head);
  const past = slot !== undefined && 'past' in slot ? slot.past : noPast;
  return {
    state: withSlot(state, state.head, { state: 'listing', past }),
    effects: [{ type: 'list', from: state.head, oldest: state.oldest }],
  };
}

function plain(state: LaneState): LaneStep {
  return { state, effects: [] };
}

function withSlot(state: LaneState, sequence: number, slot: Slot): LaneState {
  return { ...state, slots: new Map(state.slots).set(sequence, slot) };
}

function withoutSlot(state: LaneState, sequence: number): LaneState {
  const slots = new Map(state.slots);
  slots.delete(sequence);
  return { ...state, slots };
}
