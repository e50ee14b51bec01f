import type { LaneId, LaneReach } from '../log/keys.ts';
import type { DecodedSegment } from '../log/segment.ts';

/**
 * One lane as one subscription reads it. `head` is the segment whose turn it is; every segment from there on
 * that has been asked for stands in a slot:
 *
 * | slot | meaning | leaves it by |
 * |---|---|---|
 * | (none) | below `next`, not yet asked for | `start` |
 * | `wanted` | to be fetched again; remembers why | `start` |
 * | `fetching` | a GET is under way | `outcome`, `failed` |
 * | `ready` | in memory, waiting for its turn | `takeEntries` |
 * | `resting` | trouble with the store, bad bytes, or blocked (unknown key, newer format) | `timer`; blocked: `polled`, `rekeyed` |
 * | `missing` | the store has no such object | `polled`, `timer` |
 * | `listing` | missing below `oldest`: a LIST of the lane is under way | `listed`, `list-failed` |
 * | `lost` | given up, with the report to make | `takeEntries` |
 *
 * What must stay true: `head` moves only through `takeEntries`; a segment is given up only as the head (bad
 * bytes excepted, which say the same wherever they are read); and nothing here believes an absence but a GET's.
 */
export interface LaneState {
  readonly id: LaneId;
  readonly head: number;
  /** Next update within the head. */
  readonly index: number;
  readonly next: number;
  readonly oldest: number;
  readonly slots: ReadonlyMap<number, Slot>;
  /** Set while an operator has been told that the lane is blocked. */
  readonly alert: BlockReason | undefined;
}

export type BlockReason = 'unknown-key' | 'newer-format';

export type Slot =
  | { readonly state: 'wanted' | 'fetching' | 'listing'; readonly past: Past }
  | { readonly state: 'ready'; readonly segment: DecodedSegment }
  | { readonly state: 'resting' | 'missing'; readonly past: Past; readonly wakeAt: number | undefined }
  | { readonly state: 'lost'; readonly loss: Loss };

/** What earlier GETs of a segment came to. */
export interface Past {
  /** Times in a row that the store did not answer. */
  readonly failures: number;
  readonly corrupt: number;
  readonly blocked: number;
  /** Monotonic time of the first 404. */
  readonly missingSince: number | undefined;
  /** Whether a complete poll began after that 404. */
  readonly polled: boolean;
}

/** Segments `[from, to)` that will not be delivered. */
export interface Loss {
  readonly reason: 'missing' | 'corrupt' | 'expired';
  readonly from: number;
  readonly to: number;
  readonly message: string;
  /** The object as stored, for `corrupt`. */
  readonly bytes?: Uint8Array;
  /** A snapshot may have the newest of what was in them. */
  readonly recover?: boolean;
}

export function laneState(
  id: LaneId,
  place: { sequence: number; index: number },
  reach: LaneReach,
): LaneState {
  return {
    id,
    head: place.sequence,
    index: place.index,
    next: reach.next,
    oldest: reach.oldest,
    slots: new Map(),
    alert: undefined,
  };
}

/** When the lane next wants a `timer`, monotonic ms. */
export function wakeTime(state: LaneState): number | undefined {
  let earliest: number | undefined;
  for (const slot of state.slots.values()) {
    const at = 'wakeAt' in slot && !isBlocked(slot) ? slot.wakeAt : undefined;
    if (at !== undefined && (earliest === undefined || at < earliest)) earliest = at;
  }
  return earliest;
}

export function isBlocked(slot: Slot | undefined): boolean {
  return slot?.state === 'resting' && slot.past.blocked > 0;
}

/**
 * The sequence numbers that may be fetched now, nearest first, at most `ahead` from the head. Nothing is read
 * past a blocked segment, nor past a head that is about to jump.
 */
export function wantedSequences(state: LaneState, ahead: number): number[] {
  const wanted: number[] = [];
  const end = Math.min(state.next, state.head + ahead);
  for (let sequence = state.head; sequence < end; sequence += 1) {
    const slot = state.slots.get(sequence);
    if (slot === undefined || slot.state === 'wanted') wanted.push(sequence);
    if (isBlocked(slot) || slot?.state === 'listing') break;
    if (sequence === state.head && state.alert !== undefined) break;
  }
  return wanted;
}

/** What a lane takes of its subscription's budget: decoded bytes in memory, and fetches under way. */
export interface LaneHoldings {
  readonly headBytes: number;
  readonly aheadBytes: number;
  readonly headFetches: number;
  readonly aheadFetches: number;
}

export function laneHoldings(state: LaneState): LaneHoldings {
  const held = { headBytes: 0, aheadBytes: 0, headFetches: 0, aheadFetches: 0 };
  for (const [sequence, slot] of state.slots) {
    const place = sequence === state.head ? 'head' : 'ahead';
    held[`${place}Bytes`] += slotBytes(slot);
    if (slot.state === 'fetching') held[`${place}Fetches`] += 1;
  }
  return held;
}

/** Why a lane does not go on by itself; `undefined` while it does. */
export function laneTrouble(state: LaneState): LaneTrouble | undefined {
  const slot = state.slots.get(state.head);
  if (state.alert !== undefined) return state.alert;
  if (slot === undefined || !('past' in slot)) return undefined;
  if (slot.past.missingSince !== undefined) return 'missing';
  if (slot.past.corrupt > 0) return 'corrupt';
  return slot.past.failures > 0 ? 'store' : undefined;
}

export function isBlockReason(trouble: LaneTrouble): trouble is BlockReason {
  return trouble === 'unknown-key' || trouble === 'newer-format';
}

export type LaneTrouble = BlockReason | 'missing' | 'corrupt' | 'store';

/** Everything known of the lane has been taken. */
export function isCaughtUp(state: LaneState): boolean {
  return state.head >= state.next && state.slots.size === 0;
}

export function segmentBytes(segment: DecodedSegment): number {
  return segment.bytes.byteLength + segment.offsets.byteLength;
}

function slotBytes(slot: Slot): number {
  if (slot.state === 'ready') return segmentBytes(slot.segment);
  return slot.state === 'lost' ? (slot.loss.bytes?.byteLength ?? 0) : 0;
}
