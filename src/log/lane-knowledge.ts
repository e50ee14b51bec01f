import { type LaneId, type LaneReach, laneKey } from './keys.ts';

/**
 * What is known of lanes, by `laneKey`. Tips and batches arrive late, repeatedly and in any order, and none of them is
 * the truth alone: each field only ever rises to the largest value seen. The join is commutative, associative and
 * idempotent, so the order and number of messages do not matter; that something is absent says nothing.
 */
export type LaneKnowledge = ReadonlyMap<string, KnownLane>;

export interface KnownLane extends LaneId, LaneReach {
  /** Store time, ms since the epoch, of the tip or batch by which `next` last rose, where that was noted. */
  readonly toldAt?: number;
}

export function joinReach(a: LaneReach, b: LaneReach): LaneReach {
  return { next: Math.max(a.next, b.next), oldest: Math.max(a.oldest, b.oldest) };
}

export function joinKnowledge(a: LaneKnowledge, b: LaneKnowledge): Map<string, KnownLane> {
  const joined = new Map(a);
  for (const lane of b.values()) learnLane(joined, lane);
  return joined;
}

/** Joins a tip or an entry of a batch into `knowledge`; returns the lanes about which something was new. */
export function learn(
  knowledge: Map<string, KnownLane>,
  { writer, lanes }: { readonly writer: string; readonly lanes: readonly LaneReach[] },
): KnownLane[] {
  const changed: KnownLane[] = [];
  for (const [lane, reach] of lanes.entries()) {
    const learnt = learnLane(knowledge, { writer, lane, ...reach });
    if (learnt !== undefined) changed.push(learnt);
  }
  return changed;
}

function learnLane(knowledge: Map<string, KnownLane>, lane: KnownLane): KnownLane | undefined {
  const key = laneKey(lane);
  const before = knowledge.get(key);
  if (before !== undefined && lane.next <= before.next && lane.oldest <= before.oldest) return undefined;
  const { writer, lane: number } = lane;
  const after = { writer, lane: number, ...(before === undefined ? reachOf(lane) : joinReach(before, lane)) };
  knowledge.set(key, after);
  return after;
}

function reachOf({ next, oldest }: LaneReach): LaneReach {
  return { next, oldest };
}
