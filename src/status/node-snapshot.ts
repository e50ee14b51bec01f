import type { RequestTotals } from '../../metrics/store-requests.ts';
import type { ClaimsSnapshot } from '../claims/claims.ts';
import type { Settings } from '../config/settings.ts';
import type { CoordinatorSnapshot } from '../coordinate/coordinator-snapshot.ts';
import type { HintsSnapshot } from '../hints/hints-snapshot.ts';
import type { HeartbeatSnapshot } from '../jobs/heartbeat.ts';
import type { SnapshotsSnapshot } from '../jobs/snapshot-writer.ts';
import type { ObjectsSnapshot } from '../objects/objects-coordinator.ts';
import type { HandlerThreadSnapshot } from '../pool/handler-thread.ts';
import type { PoolSnapshot } from '../pool/pool.ts';
import type { PublisherSnapshot } from '../publish/publisher.ts';
import type { SpoolSnapshot } from '../publish/spool.ts';
import type { SourceSnapshot } from '../sources/source.ts';
import type { DeadLetterSummary } from '../state/state.ts';
import type { LimiterSnapshot } from '../store/limiter.ts';
import type { IndexStanding } from './index-standing.ts';
import type { HistorySnapshot } from './node-history.ts';

/** Where a node is in its life. */
export type NodePhase = 'joining' | 'running' | 'stopping';

/** How the objects layout is read. */
export interface ObjectsReading extends ObjectsSnapshot {
  /** The store and the prefix. */
  readonly description: string;
}

/** What a node is doing just now: plain values. What needs the bucket's fleet is absent until the node has joined it. */
export interface NodeSnapshot {
  readonly server: string;
  readonly version: string;
  readonly phase: NodePhase;
  /** Wall clock, ms since the epoch. */
  readonly startedAt: number;
  readonly now: number;
  readonly store: string;
  readonly state: string;
  /** Why the fleet could not be joined so far; absent while nothing has failed. */
  readonly joinError?: unknown;
  /** Why the store counts as away, by its answers to single tries; absent while it answers. */
  readonly storeTrouble?: unknown;
  readonly fleetId?: string;
  readonly reading?: CoordinatorSnapshot;
  /** Present while a subscription reads the objects layout. */
  readonly objects?: ObjectsReading;
  /** Present where there is a transport of hints. */
  readonly hints?: HintsSnapshot;
  readonly sources: readonly SourceSnapshot[];
  /** Webhook endpoints that are left alone just now. */
  readonly brokenEndpoints: number;
  readonly publishing?: PublisherSnapshot;
  readonly claims?: ClaimsSnapshot;
  readonly limiter: LimiterSnapshot;
  /** As they are just now, and the names of those that differ from the settings. */
  readonly limits: Settings['limits'];
  readonly limitsChanged: readonly (keyof Settings['limits'])[];
  readonly pool?: PoolSnapshot;
  /** Of all subscriptions with a handler. */
  readonly handlerThreads?: readonly HandlerThreadSnapshot[];
  readonly spool: SpoolSnapshot;
  /** To the store, since the start; each try counts. */
  readonly requests: RequestTotals;
  readonly deadLetters: DeadLetterSummary;
  /** Ids only. */
  readonly keys: {
    readonly active: string | undefined;
    readonly readable: readonly string[];
    readonly required: boolean;
  };
  /** Where it sends heartbeats. */
  readonly heartbeat?: HeartbeatSnapshot;
  readonly history: HistorySnapshot;
  /** Present where `index.enabled`. */
  readonly index?: IndexStanding;
  /** Present where this node is to write snapshots. */
  readonly snapshots?: SnapshotsSnapshot;
  /** Where it serves HTTP, if it does. */
  readonly http?: { readonly url: string };
}
