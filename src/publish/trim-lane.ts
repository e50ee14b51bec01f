import { type LaneId, type LaneReach, laneLogPrefix, parseSegmentKey, segmentKey } from '../log/keys.ts';
import { listPages } from '../store/list-all.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { startWalk, type TrimWalk, walkOn } from './trim-plan.ts';

/** The first segment of a lane that has to stay, whatever its age. */
export type TrimFloor = (lane: LaneId) => number;

export interface TrimParts {
  /** Asked for with every round. Default: age alone decides. Throws when it cannot be told, and then nothing is trimmed. */
  readonly floor?: (() => Promise<TrimFloor>) | undefined;
  readonly store: Pick<ObjectStore, 'list' | 'head' | 'deleteMany'>;
  readonly maxAgeMs: number;
  readonly signal: AbortSignal;
}

/** Numbers that a LIST lacks are asked for one by one; a round does not do more of that than this. */
const maxHeads = 100;
/** LISTs may lag, so deleting is repeated until one is clean; what then remains is for the next round. */
const maxSweeps = 3;

export interface LaneTrim {
  /** What `oldest` may be raised to; never above `next`. */
  readonly oldest: number;
  /** Store time from which looking again is worth it. */
  readonly dueAt?: number;
  readonly time: number;
}

/** What `oldest` may be raised to where `floor` holds something back. Never below what it is. */
export async function heldOldest(
  oldest: number,
  lane: LaneId,
  reach: LaneReach,
  floor: TrimParts['floor'],
): Promise<number> {
  if (floor === undefined || oldest <= reach.oldest) return oldest;
  return Math.max(reach.oldest, Math.min(oldest, (await floor())(lane)));
}

/** Looks how far a lane may be trimmed, from its oldest segment in pages up to the first young one. */
export async function planTrim(lane: LaneId, reach: LaneReach, parts: TrimParts): Promise<LaneTrim> {
  const { store, maxAgeMs, signal } = parts;
  let walk: TrimWalk = startWalk(reach.oldest);
  let time = 0;
  let heads = 0;
  const goOn = () => walk.at < reach.next && walk.dueAt === undefined && heads < maxHeads;
  const ask = async () => {
    heads += 1;
    const answer = await store.head(segmentKey(lane, walk.at), { signal });
    time = answer.time;
    walk = walkOn(walk, answer.status === 'found' ? answer.lastModified : undefined, { time, maxAgeMs });
  };
  const startAfter = reach.oldest > 0 ? { startAfter: segmentKey(lane, reach.oldest - 1) } : {};
  for await (const page of listPages(store, laneLogPrefix(lane), { ...startAfter, signal })) {
    time = page.time;
    for (const { key, lastModified } of page.objects) {
      const sequence = parseSegmentKey(key)?.sequence;
      if (sequence === undefined) continue;
      while (goOn() && walk.at < sequence) await ask();
      if (goOn() && walk.at === sequence) walk = walkOn(walk, lastModified, { time: page.time, maxAgeMs });
    }
    if (!goOn()) break;
  }
  while (goOn()) await ask();
  const { oldest, dueAt } = walk;
  return { oldest, time, ...(dueAt !== undefined && { dueAt }) };
}

/**
 * Deletes every listed segment below `oldest`, which must have been announced a margin ago: also those that a late
 * PUT brought back. Returns how many keys were deleted, and whether the last LIST was clean.
 */
export async function sweepLane(
  lane: LaneId,
  oldest: number,
  { store, signal }: Pick<TrimParts, 'store' | 'signal'>,
): Promise<{ readonly deleted: number; readonly clean: boolean }> {
  let deleted = 0;
  for (let sweep = 0; sweep < maxSweeps; sweep += 1) {
    let found = 0;
    for await (const page of listPages(store, laneLogPrefix(lane), { signal })) {
      const keys = page.objects.map(({ key }) => key);
      const below = keys.filter((key) => (parseSegmentKey(key)?.sequence ?? oldest) < oldest);
      found += below.length;
      if (below.length > 0)
        deleted += below.length - (await store.deleteMany(below, { signal })).failed.length;
      if (below.length < keys.length) break;
    }
    if (found === 0) return { deleted, clean: true };
  }
  return { deleted, clean: false };
}
