import type { NewUpdate } from '../base/update.ts';
import type { Claims } from '../claims/claims.ts';
import type { Settings } from '../config/settings.ts';
import type { HintDoor } from '../hints/hint-door.ts';
import type { Published, PublishOptions, Spooled } from '../publish/published.ts';
import type { FeedState } from '../status/feed-state.ts';
import type { IndexStanding } from '../status/index-standing.ts';
import type { Readiness } from '../status/readiness.ts';
import type { Status } from '../status/status.ts';

/** What a node knows of URLs. Both throw `invalid-settings` while `index.enabled` is false. */
export interface NodeState {
  /** The newest update of the URL that this node knows of, whoever published it. */
  get(url: string): FeedState | undefined;
  /** Whether what is not known can be taken for what does not exist. */
  standing(): IndexStanding;
}

/** What the HTTP server needs of a node. It may be asked before the node has joined its fleet. */
export interface ServedNode {
  readonly metricsContentType: string;
  metrics(): Promise<string>;
  readiness(): Readiness;
  status(): Status;
  /** As `BucketcastNode.publish`; throws `store-unavailable` at once while there is neither a fleet nor a spool. */
  publish(update: NewUpdate, options?: PublishOptions): Promise<Published | Spooled>;
  /** Throws `store-unavailable` while the fleet is not joined. */
  readonly claims: Pick<Claims, 'claim' | 'find'>;
  /** Where what is posted to `/hints` goes; nothing without `hints.webhook`. */
  readonly hints?: HintDoor | undefined;
  limits(): Settings['limits'];
  /** As `NodeState`. */
  readonly index: NodeState;
  /** Applies the limits given, at once. Throws `invalid-settings`, and then changes nothing. */
  limit(change: Partial<Settings['limits']>): Settings['limits'];
}
