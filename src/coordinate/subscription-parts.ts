import type { Settings } from '../config/settings.ts';
import type { LaneId } from '../log/keys.ts';
import type { KnownLane } from '../log/lane-knowledge.ts';
import type { SnapshotSource } from '../snapshots/find-snapshots.ts';
import type { Budget } from './fetch-planner.ts';
import type { LaneParts } from './lane-reader.ts';
import type { PositionRecord } from './position-record.ts';

/** What a subscription is handed by the `Subscriptions` that make it. */
export interface SubscriptionParts extends LaneParts {
  readonly record: PositionRecord;
  readonly snapshots: SnapshotSource;
  readonly stop: Settings['stop'];
  /** @see CoordinatorSettings.forgetAfterMs */
  readonly forgetAfterMs: number;
  /** Everything known of the lanes that this subscription reads. */
  known(): Iterable<KnownLane>;
  /** Whether it reads the lane at all: not those of our own writers, unless asked to. */
  reads(id: LaneId): boolean;
  /** This subscription's share. */
  budget(): Budget;
  pollSoon(): void;
  /** The store's time just now, ms since the epoch; `undefined` while it has never answered. */
  storeTime(): number | undefined;
  /** Whether this process has seen a complete poll. */
  polledOnce(): boolean;
  /** Requests that this host has waiting before a read is sent. */
  requestsWaiting(): number;
  /** Something was delivered or committed. */
  changed(): void;
  stopped(): void;
}
