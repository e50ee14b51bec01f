import type { ServersSeen } from './servers-seen.ts';
import type { SubscriptionSnapshot } from './subscription-snapshot.ts';
import type { Twin } from './twin-watch.ts';

export interface PollSnapshot {
  /** Ms since the last complete poll, and the store's time of it (ms since the epoch). */
  readonly agoMs: number | undefined;
  readonly time: number | undefined;
  /** Why the last poll failed; absent when it did not. */
  readonly error: unknown;
  readonly failures: number;
  readonly intervalMs: number;
}

/** A key that writers sign with and this node does not have. */
export interface MissingKey {
  readonly keyId: string;
  /** Of the last complete listing. */
  readonly writers: number;
  readonly lanes: number;
}

/** What a key of the fleet, or none (`null`), signs in the bucket just now. */
export interface KeySeen {
  readonly keyId: string | null;
  /** Writers with a tip by it in the last complete listing. */
  readonly writers: number;
  /** Listed batches by it, of those that this process has read. */
  readonly batches: number;
}

/** What the reading side of a node is doing: plain values (but for `poll.error`), every number finite. */
export interface CoordinatorSnapshot extends ServersSeen {
  readonly poll: PollSnapshot;
  /**
   * This machine's wall clock minus the store's time, at the last complete listing: positive when ours is ahead. A store
   * that answers in whole seconds makes it up to 1,000 ms too large. Absent before the first.
   */
  readonly skewMs?: number;
  /** Lanes known. */
  readonly lanes: number;
  /** Writers with a tip in the last complete listing. */
  readonly tips: number;
  /**
   * Writers known to this process that have none: parked. Batches that every subscription delivered before this process
   * began are not read again, so their writers are not among them.
   */
  readonly parkedWriters: number;
  /** Batches of parked writers that the last complete listing showed. */
  readonly parkedBatches: number;
  /** Lanes that some subscription cannot read for want of a key or a newer version. */
  readonly blockedLanes: number;
  /** Keys that tips are signed with and this node's ring lacks; what their writers publish is not read. */
  readonly missingKeys: readonly MissingKey[];
  /** Which keys the tips and batches in the bucket are signed with: when an old one is no longer among them, it may go soon. */
  readonly keysSeen: readonly KeySeen[];
  /** Names that several machines have been using within the last hour. */
  readonly twins: readonly Twin[];
  readonly fetches: number;
  readonly bytesHeld: number;
  readonly subscriptions: readonly SubscriptionSnapshot[];
}
