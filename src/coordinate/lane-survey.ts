import type { LaneId, LaneReach } from '../log/keys.ts';
import { segmentKey } from '../log/keys.ts';
import { type LastTaken, latestTime, type Mark } from './lane-age.ts';
import { headTime, readyUpdates } from './lane-contents.ts';
import type { LaneReader } from './lane-reader.ts';
import { isBlockReason, type LaneTrouble } from './lane-state.ts';
import { SlowestLanes } from './slowest-lanes.ts';
import type { LagUpdates, LaneCounts, SlowLane } from './subscription-snapshot.ts';
import type { LanesStatus, TroubledLanes } from './why-waiting.ts';

/** A lane as its subscription keeps it. */
export interface SurveyedLane {
  readonly id: LaneId;
  readonly committed: { readonly sequence: number; readonly index: number };
  readonly taken: { readonly sequence: number; readonly index: number };
  readonly reach: LaneReach;
  readonly reader: LaneReader | undefined;
  readonly marks: readonly Mark[];
  readonly last: LastTaken | undefined;
}

export interface SurveyContext<Lane extends SurveyedLane> {
  /** The store's time just now; `undefined` while it has never answered. */
  readonly storeTime: number | undefined;
  /** Of each lane that the batch in the sink's hands is of, by `laneKey`: its first update's time. */
  readonly inHand: ReadonlyMap<string, number>;
  readonly updatesInHand: number;
  /** On average, for segments not yet fetched. */
  readonly updatesPerSegment: number;
  /** Whether another segment of the lane would fit in memory. */
  fits(lane: Lane): boolean;
}

export interface LaneSurvey {
  readonly lag: number;
  readonly lagUpdates: LagUpdates;
  readonly lagSeconds: number;
  readonly counts: LaneCounts;
  readonly slowest: readonly SlowLane[];
  readonly status: Pick<LanesStatus, 'sound' | 'queued' | 'tight' | 'crashed' | 'troubles'>;
}

/** What a snapshot tells of a subscription's lanes, in one pass over them: there may be ten thousand. */
export function surveyLanes<Lane extends SurveyedLane>(
  lanes: Iterable<readonly [string, Lane]>,
  context: SurveyContext<Lane>,
): LaneSurvey {
  const counts = { total: 0, behind: 0, blocked: 0, missing: 0 };
  const flow = { sound: 0, queued: 0, tight: false };
  const troubles = new Map<LaneTrouble, TroubledLanes>();
  const slowest = new SlowestLanes();
  let crashed: LanesStatus['crashed'];
  let lag = 0;
  let updates = context.updatesInHand;
  let unseen = 0;
  for (const [key, lane] of lanes) {
    counts.total += 1;
    const { id, committed, taken, reach, reader } = lane;
    const behind = reach.next - committed.sequence;
    if (behind <= 0 && reader === undefined) continue;
    const trouble = reader?.trouble;
    if (behind > 0) {
      counts.behind += 1;
      lag += behind;
      const inHand = context.inHand.get(key);
      const from = inHand === undefined ? committed.sequence : taken.sequence;
      const ready = reader === undefined ? nothingReady : readyUpdates(reader.state, from);
      updates += ready.updates;
      unseen += Math.max(0, reach.next - from - ready.segments);
      const seconds = age(oldestTime(lane, inHand), context.storeTime);
      const own = { position: committed.sequence, next: reach.next, seconds };
      slowest.offer(own, () => ({ ...id, ...own, trouble: trouble?.kind }));
    }
    if (reader === undefined) continue;
    if (reader.crash !== undefined) crashed ??= reader.crash;
    else if (trouble === undefined) {
      flow.sound += 1;
      if (!reader.wantsHead) continue;
      flow.queued += 1;
      if (!context.fits(lane)) flow.tight = true;
    } else {
      if (isBlockReason(trouble.kind)) counts.blocked += 1;
      if (trouble.kind === 'missing') counts.missing += 1;
      const worst = troubles.get(trouble.kind);
      const older = worst === undefined || trouble.since < worst.since;
      const told = older ? { ...trouble, key: segmentKey(id, trouble.sequence) } : worst;
      troubles.set(trouble.kind, { ...told, lanes: (worst?.lanes ?? 0) + 1 });
    }
  }
  return {
    lag,
    lagUpdates: {
      count: updates + Math.round(unseen * context.updatesPerSegment),
      exact: unseen === 0,
    },
    lagSeconds: slowest.seconds,
    counts,
    slowest: slowest.lanes,
    status: { ...flow, crashed, troubles },
  };
}

const nothingReady = { updates: 0, segments: 0 };

/** Store time of the first update that is not acknowledged, as well as it is known. */
function oldestTime(
  { committed, taken, reader, marks, last }: SurveyedLane,
  inHand: number | undefined,
): number | undefined {
  if (inHand !== undefined) return inHand;
  const isTaken = taken.sequence !== committed.sequence || taken.index !== committed.index;
  const head = isTaken || reader === undefined ? undefined : headTime(reader.state);
  return head ?? latestTime(marks, committed.sequence, last);
}

function age(time: number | undefined, storeTime: number | undefined): number {
  return time === undefined || storeTime === undefined ? 0 : Math.max(0, Math.round(storeTime - time) / 1000);
}
