import type { BackoffSettings } from '../base/backoff.ts';
import type { Random } from '../base/random.ts';
import type { BlockReason, LaneState, Past, Slot } from './lane-state.ts';

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

export const noPast: Past = { failures: 0, corrupt: 0, blocked: 0, missingSince: undefined, polled: false };

export function plain(state: LaneState): LaneStep {
  return { state, effects: [] };
}

export function withSlot(state: LaneState, sequence: number, slot: Slot): LaneState {
  return { ...state, slots: new Map(state.slots).set(sequence, slot) };
}

export function withoutSlot(state: LaneState, sequence: number): LaneState {
  const slots = new Map(state.slots);
  slots.delete(sequence);
  return { ...state, slots };
}

/** The head is missing below `oldest`: what is left of the lane has to be looked up. */
export function startListing(state: LaneState): LaneStep {
  const slot = state.slots.get(state.head);
  const past = slot !== undefined && 'past' in slot ? slot.past : noPast;
  return {
    state: withSlot(state, state.head, { state: 'listing', past }),
    effects: [{ type: 'list', from: state.head, oldest: state.oldest }],
  };
}
