import { backoffMs } from '../base/backoff.ts';
import { segmentKey } from '../log/keys.ts';
import type { SegmentOutcome } from '../log/segment-fetcher.ts';
import {
  type LaneContext,
  type LaneEffect,
  type LaneStep,
  plain,
  startListing,
  withoutSlot,
  withSlot,
} from './lane-effects.ts';
import type { BlockReason, LaneState, Loss, Past, Slot } from './lane-state.ts';

/** What the answer to a GET makes of a lane. */
export function answered(
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
    ? `Add the encryption key "${outcome.keyId}" to encryption.keys and have the node read its settings again (SIGHUP); the lane then goes on where it stopped.`
    : `Upgrade Bucketcast to a version that reads segment format ${outcome.version}; the lane then goes on where it stopped.`;
}
