import { hlcTime } from '../log/hybrid-clock.ts';
import { recordHlc } from '../log/record.ts';
import type { LaneState } from './lane-state.ts';

/** Updates in memory that were not taken yet, and of how many segments from `from` on it is known what they hold. */
export function readyUpdates(
  state: LaneState,
  from: number,
): { readonly updates: number; readonly segments: number } {
  let updates = 0;
  let segments = 0;
  for (const [sequence, slot] of state.slots) {
    if (sequence < from) continue;
    if (slot.state === 'ready') {
      const taken = sequence === state.head ? state.index : 0;
      updates += Math.max(0, slot.segment.header.count - taken);
      segments += 1;
    } else if (slot.state === 'lost') segments += slot.loss.to - slot.loss.from;
  }
  return { updates, segments };
}

/** Time of the next update to take, ms since the epoch, when it is in memory. */
export function headTime({ slots, head, index }: LaneState): number | undefined {
  const slot = slots.get(head);
  if (slot?.state !== 'ready' || index >= slot.segment.header.count) return undefined;
  const { bytes, offsets } = slot.segment;
  return hlcTime(recordHlc(bytes.subarray(offsets[index])));
}
