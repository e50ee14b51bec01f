import type { LanePosition } from '../state/state.ts';
import type { LaneTrouble } from './lane-state.ts';
import type { Waiting } from './waiting.ts';

/** What a subscription is doing: plain values, every number finite. */
export interface SubscriptionSnapshot {
  readonly name: string;
  /** `paused`: its sink fails, and is left alone or tried again just now. */
  readonly state: 'running' | 'paused' | 'crashed' | 'stopped';
  /** Failures of the sink in a row. */
  readonly failures: number;
  /** Segments not yet acknowledged. */
  readonly lag: number;
  readonly lagUpdates: LagUpdates;
  /**
   * Age of the oldest update not yet acknowledged, by the store's time; 0 when everything known is. For a segment that
   * was not fetched yet it is at least what is known of its age (see `lane-age.ts`), so it may rise when it arrives.
   * What this node has not heard of is not in it: see the age of the last complete poll.
   */
  readonly lagSeconds: number;
  readonly waiting: Waiting;
  /** Updates acknowledged since this subscription began to run in this process. */
  readonly delivered: number;
  /** Since the last acknowledgement; absent before the first. */
  readonly lastDeliveredAgoMs?: number;
  /** How long the sink takes for an update: average of the last batches. Absent before the first. */
  readonly sinkMsPerUpdate?: number;
  readonly bytesHeld: number;
  readonly fetches: number;
  readonly laneCounts: LaneCounts;
  /** The lanes that are furthest behind, at most 5, the worst first; those that are not behind are left out. */
  readonly slowest: readonly SlowLane[];
}

/** Updates not yet acknowledged. Segments that were not fetched yet count with the average of those that were. */
export interface LagUpdates {
  readonly count: number;
  /** Whether every segment of it has been counted. */
  readonly exact: boolean;
}

export interface LaneCounts {
  readonly total: number;
  /** Not acknowledged up to where they reach. */
  readonly behind: number;
  /** A segment needs a key or a newer version. */
  readonly blocked: number;
  /** A segment that should exist is waited for. */
  readonly missing: number;
}

export interface SlowLane {
  readonly writer: string;
  readonly lane: number;
  /** The next segment to acknowledge. */
  readonly position: number;
  readonly next: number;
  readonly seconds: number;
  readonly trouble: LaneTrouble | undefined;
}

/** One lane in full. There may be ten thousand of them, so they are asked for apart. */
export interface LaneReport extends LanePosition {
  readonly next: number;
  readonly oldest: number;
  readonly trouble: LaneTrouble | undefined;
}
