import type { Update } from '../base/update.ts';
import { updateReader } from '../log/record.ts';
import type { DecodedSegment } from '../log/segment.ts';
import type { LanePosition } from '../state/state.ts';
import type { LaneState, Loss, Slot } from './lane-state.ts';

/** One step of a lane, in order. `after` is the position once it is dealt with. */
export type LaneEntry =
  | {
      readonly type: 'update';
      readonly update: Update;
      /** The segment that holds its record, or the record alone. */
      readonly record: DecodedSegment | Uint8Array;
      readonly after: LanePosition;
    }
  | { readonly type: 'lost'; readonly loss: Loss; readonly after: LanePosition }
  /** A tombstone: nothing to deliver, but the position moves. */
  | { readonly type: 'skip'; readonly after: LanePosition };

export interface Taken {
  readonly state: LaneState;
  readonly entries: readonly LaneEntry[];
}

/** Takes what is ready at the head, in order, up to `limit` updates. */
export function takeEntries(state: LaneState, limit: number): Taken {
  const entries: LaneEntry[] = [];
  let current = state;
  let left = limit;
  for (let slot = headSlot(current); slot !== undefined && left > 0; slot = headSlot(current)) {
    if (slot.state === 'ready') {
      const end = Math.min(slot.segment.header.count, current.index + left);
      left -= Math.max(0, end - current.index);
      current = takeUpdates(current, slot.segment, end, entries);
    } else if (slot.state === 'lost') {
      current = moveHead(current, slot.loss.to, 0);
      entries.push({ type: 'lost', loss: slot.loss, after: place(current) });
      // What a snapshot has of it comes before what follows.
      if (slot.loss.recover) break;
    } else break;
  }
  return { state: current, entries };
}

/** One update of a segment. */
export function segmentUpdate(segment: DecodedSegment, index: number, after: LanePosition): LaneEntry {
  return { type: 'update', update: updateReader(segment, after.writer)(index), record: segment, after };
}

/** Whether `takeEntries` would give something. */
export function hasEntries(state: LaneState): boolean {
  const slot = headSlot(state);
  return slot?.state === 'ready' || slot?.state === 'lost';
}

function takeUpdates(
  state: LaneState,
  segment: DecodedSegment,
  end: number,
  entries: LaneEntry[],
): LaneState {
  const { count } = segment.header;
  const { writer, lane } = state.id;
  const read = updateReader(segment, writer);
  for (let index = state.index; index < end; index += 1) {
    const isLast = index + 1 === count;
    const sequence = isLast ? state.head + 1 : state.head;
    const after = { writer, lane, sequence, index: isLast ? 0 : index + 1 };
    entries.push({ type: 'update', update: read(index), record: segment, after });
  }
  if (end < count) return moveHead(state, state.head, end);
  const next = moveHead(state, state.head + 1, 0);
  if (state.index >= count) entries.push({ type: 'skip', after: place(next) });
  return next;
}

function headSlot(state: LaneState): Slot | undefined {
  return state.slots.get(state.head);
}

function moveHead(state: LaneState, head: number, index: number): LaneState {
  if (head === state.head) return { ...state, index };
  const slots = new Map(state.slots);
  for (const sequence of slots.keys()) if (sequence < head) slots.delete(sequence);
  return { ...state, head, index, slots };
}

function place(state: LaneState): LanePosition {
  return { ...state.id, sequence: state.head, index: state.index };
}
