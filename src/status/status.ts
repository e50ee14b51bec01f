import type { ClaimsSnapshot } from '../claims/claims.ts';
import type { Settings } from '../config/settings.ts';
import type { KeySeen, MissingKey } from '../coordinate/coordinator-snapshot.ts';
import type { ServerSeen } from '../coordinate/servers-seen.ts';
import type { SubscriptionSnapshot } from '../coordinate/subscription-snapshot.ts';
import type { Waiting } from '../coordinate/waiting.ts';
import type { HintTransportSnapshot } from '../hints/hint-transport.ts';
import type { HintsSnapshot } from '../hints/hints-snapshot.ts';
import type { BeatAlarm } from '../jobs/beat-alarms.ts';
import type { SourceSnapshot } from '../sources/source.ts';
import type { CostProjection } from './cost-projection.ts';
import type { IndexStanding } from './index-standing.ts';
import type { NodePhase } from './node-snapshot.ts';
import type { SinceStart } from './since-start.ts';
import type { SnapshotsStatus } from './snapshots-status.ts';

/** Something that is not as it should be, and what an operator can do about it. */
export interface Problem {
  readonly severity: 'warning' | 'critical';
  /** Stable name, for scripts: `store-away`, `subscription-paused`, … Listed in docs/status.md. */
  readonly name: string;
  /** What is the matter, with its numbers; may come from an error, never holds a secret. */
  readonly message: string;
  readonly advice: string;
}

/**
 * What `/api/status` answers and `bucketcast status` shows: plain JSON. Times named `…At` are ISO 8601 in UTC, lengths of
 * time are milliseconds (`…Ms`) or seconds (`…Seconds`), sizes are bytes. `null` says "not known, or not so".
 */
export interface Status {
  readonly server: string;
  readonly version: string;
  /** `joining` until the bucket was reached for the first time. */
  readonly phase: NodePhase;
  readonly startedAt: string;
  readonly now: string;
  /** The state directory. */
  readonly state: string;
  /** Where its HTTP listens; `null` when it does not. */
  readonly url: string | null;
  /** Most severe first; empty while all is well. */
  readonly problems: readonly Problem[];
  readonly store: StoreStatus;
  /** Those the bucket names, this one too; the latest news first, at most 1,000. */
  readonly servers: readonly ServerStatus[];
  /** Those beyond the list included. */
  readonly serverCount: number;
  /** Server names that several machines have published under within the last hour. */
  readonly twins: readonly {
    readonly server: string;
    readonly hostIds: readonly string[];
    /** Whether it is the name of this node. */
    readonly ours: boolean;
  }[];
  /** Keys that writers use and this node does not have; what they publish is not read. */
  readonly missingKeys: readonly MissingKey[];
  readonly keys: KeysStatus;
  /** `null` where no heartbeats are sent. */
  readonly heartbeat: HeartbeatStatus | null;
  /** Of this node, since its start. */
  readonly claims: ClaimsSnapshot | null;
  readonly writing: WritingStatus | null;
  readonly spool: SpoolStatus;
  /** Of both layouts. */
  readonly subscriptions: readonly SubscriptionStatus[];
  /** How the objects layout is listed; `null` while nobody reads it. */
  readonly objects: ObjectsStatus | null;
  /** The newest update of each URL; `null` where `index.enabled` is false. */
  readonly index: IndexStanding | null;
  /** Of the fleet's snapshots; `null` where this node is not to write any. */
  readonly snapshots: SnapshotsStatus | null;
  /** How hints go; `null` without any transport. */
  readonly hints: HintsStatus | null;
  /** What publishes by itself: watched directories, Redis channels and lists. */
  readonly sources: readonly SourceStatus[];
  readonly threads: readonly ThreadStatus[];
  readonly limits: LimitsStatus;
  readonly requests: RequestsStatus;
  readonly deadLetters: DeadLettersStatus;
  readonly memory: MemoryStatus;
  /** What happened since the start. */
  readonly since: SinceStart;
}

/** An error without its stack. */
export interface ErrorReport {
  /** `store-unavailable`, …; `null` for an error from elsewhere. */
  readonly code: string | null;
  readonly message: string;
  /** What to do about it. */
  readonly hint: string | null;
}

export interface StoreStatus {
  readonly description: string;
  /** `null` until joined. */
  readonly fleetId: string | null;
  /** Since the last complete poll; `null` before the first. */
  readonly lastPollAgoMs: number | null;
  /** Time between polls just now. */
  readonly pollIntervalMs: number | null;
  /** Polls that failed in a row. */
  readonly failures: number;
  /** Why the last poll, or joining the fleet, failed; `null` when it did not. */
  readonly error: ErrorReport | null;
  /** This machine's clock minus the store's, as the last answer showed it. */
  readonly skewMs: number | null;
  /** Lanes known, of every writer in the bucket; writers with a tip and without one, batches of parked writers. */
  readonly lanes: number;
  readonly writers: number;
  readonly parkedWriters: number;
  readonly parkedBatches: number;
}

/** `lastNewsAt`, by the store's clock: when one of its lanes last rose. */
export type ServerStatus = Omit<ServerSeen, 'lastNewsAt'> & { readonly lastNewsAt: string };

export interface KeysStatus {
  /** Id of the key that this node seals and signs with; `null`: it writes in the clear. */
  readonly active: string | null;
  /** Ids of those it can read with. */
  readonly readable: readonly string[];
  readonly required: boolean;
  /** What tips and batches in the bucket are signed with just now. An old key is needed for as long as it is among them, and for segments that are older. */
  readonly inUse: readonly KeySeen[];
}

export interface HeartbeatStatus {
  readonly intervalMs: number;
  /** Beats since the start, and the time since the last one that the bucket acknowledged. */
  readonly beats: number;
  readonly lastBeatAgoMs: number | null;
  /** Other machines that were heard of. */
  readonly hosts: number;
  /** What the beats say is wrong, at most 100; the times and numbers are those of the last listing. */
  readonly alarms: readonly BeatAlarm[];
  readonly alarmCount: number;
  /** Why the last round failed. */
  readonly error: ErrorReport | null;
}

export interface WritingStatus {
  /** `null` until something is published. */
  readonly writer: string | null;
  readonly lanes: number;
  /** Taken and not yet durable. */
  readonly pendingUpdates: number;
  readonly pendingBytes: number;
  readonly segmentsInFlight: number;
  readonly oldestPendingAgoMs: number | null;
  /** What the store last refused to answer, and for how long it has been tried again. */
  readonly trouble: { readonly message: string; readonly forMs: number } | null;
}

export interface SpoolStatus {
  readonly enabled: boolean;
  readonly updates: number;
  readonly bytes: number;
  readonly maxBytes: number;
  /** Age of the update that waits longest. */
  readonly oldestAgoMs: number | null;
  /** Whether it is just now taken to the bucket. */
  readonly draining: boolean;
  /** Why the disk takes nothing, or why the bucket does not take what came out last. */
  readonly trouble: ErrorReport | null;
  /** Updates refused since the start: full, or the disk is. */
  readonly refused: number;
}

/** As `SubscriptionSnapshot` says; `lagSegments`, `lagUpdates` and `lagSeconds` are of what is not yet acknowledged. */
export interface SubscriptionStatus
  extends Pick<
    SubscriptionSnapshot,
    'name' | 'state' | 'lagUpdates' | 'lagSeconds' | 'delivered' | 'bytesHeld' | 'fetches' | 'laneCounts'
  > {
  readonly lagSegments: number;
  /** Why it is not moving further or faster just now; `text` says it in words. */
  readonly waiting: Waiting & { readonly text: string };
  readonly lastDeliveredAgoMs: number | null;
  readonly sinkMsPerUpdate: number | null;
  /** The lanes furthest behind, at most 5: the next segment to deliver is `position` of `next`. */
  readonly slowest: readonly LaneStatus[];
}

export interface ObjectsStatus {
  /** The store and the prefix. */
  readonly description: string;
  /** Since the last complete listing; `null` before the first. */
  readonly lastListingAgoMs: number | null;
  readonly intervalMs: number;
  /** Listings that failed in a row, and why the last one did. */
  readonly failures: number;
  readonly error: ErrorReport | null;
  /** Of the last complete listing: requests, keys, and how long it took. */
  readonly pages: number;
  readonly keys: number;
  readonly durationMs: number;
}

/** As `HintsSnapshot` says. */
export interface HintsStatus extends Omit<HintsSnapshot, 'transports'> {
  readonly transports: readonly HintTransportStatus[];
}

export interface HintTransportStatus extends Omit<HintTransportSnapshot, 'trouble' | 'refused' | 'listens'> {
  /** Whether anything can be heard by it, as it is set up. */
  readonly listens: boolean;
  /** What came and was no hint at all. */
  readonly refused: number;
  readonly trouble: { readonly message: string; readonly forMs: number } | null;
}

/** As `SourceSnapshot` says. */
export interface SourceStatus extends Omit<SourceSnapshot, 'trouble'> {
  readonly trouble: ErrorReport | null;
}

export interface LaneStatus {
  readonly writer: string;
  readonly lane: number;
  readonly position: number;
  readonly next: number;
  readonly seconds: number;
  readonly trouble: string | null;
}

export interface ThreadStatus {
  readonly id: number;
  readonly alive: boolean;
  /** Fetches in it, and waiting for it. */
  readonly running: number;
  readonly waiting: number;
  /** Part of the time since the last look that it was busy, 0..1. */
  readonly utilisation: number;
  readonly shardCount: number;
  /** Lanes it fetches, `<writer>/<lane>`, at most 100. */
  readonly shards: readonly string[];
}

export interface LimitsStatus {
  /** In force: from the settings, or changed since. */
  readonly values: Settings['limits'];
  /** Names of those changed since the start; such a change lasts until a restart or a reload. */
  readonly changed: readonly string[];
  /** Requests under way. */
  readonly inFlight: number;
  /** Requests that may be under way just now: less than `values.requestsInFlight` after the store has throttled. */
  readonly concurrency: number;
  /** Requests waiting to be admitted, and those of them that wait for bytes. */
  readonly waiting: number;
  readonly waitingForUpload: number;
  readonly waitingForDownload: number;
  /** Refusals by the store (503, 429) since the start. */
  readonly throttled: number;
}

export interface RequestsStatus {
  /** Requests sent since the start, each try by itself. */
  readonly count: number;
  readonly byOperation: Readonly<Record<string, number>>;
  /** Bodies. */
  readonly sentBytes: number;
  readonly receivedBytes: number;
  /** The price list, and what the requests and downloads cost by it; `null` where there is none. */
  readonly prices: string | null;
  readonly dollars: number | null;
  /** Going on as since the start, and as in the last minutes. */
  readonly sinceStart: CostProjection;
  readonly recent: CostProjection | null;
  /** What the dollars and their projection take for granted, as sentences. */
  readonly assumptions: readonly string[];
}

export interface DeadLettersStatus {
  readonly count: number;
  readonly oldestAt: string | null;
  readonly byReason: Readonly<Record<string, number>>;
  readonly bySubscription: Readonly<Record<string, number>>;
}

export interface MemoryStatus {
  /** Fetched and not yet acknowledged, and how much of that there may be. */
  readonly heldBytes: number;
  readonly maxHeldBytes: number;
  readonly pendingBytes: number;
}
