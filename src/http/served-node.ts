import type { NewUpdate } from '../base/update.ts';
import type { Settings } from '../config/settings.ts';
import type { HintDoor } from '../hints/hint-door.ts';
import type { Published, PublishOptions, Spooled } from '../publish/published.ts';
import type { Readiness } from '../status/readiness.ts';
import type { Status } from '../status/status.ts';

/** What the HTTP server needs of a node. It may be asked before the node has joined its fleet. */
export interface ServedNode {
  readonly metricsContentType: string;
  metrics(): Promise<string>;
  readiness(): Readiness;
  status(): Status;
  /** As `BucketcastNode.publish`; throws `store-unavailable` at once while there is neither a fleet nor a spool. */
  publish(update: NewUpdate, options?: PublishOptions): Promise<Published | Spooled>;
  /** Where what is posted to `/hints` goes; nothing without `hints.webhook`. */
  readonly hints?: HintDoor | undefined;
  limits(): Settings['limits'];
  /** Applies the limits given, at once. Throws `invalid-settings`, and then changes nothing. */
  limit(change: Partial<Settings['limits']>): Settings['limits'];
}
