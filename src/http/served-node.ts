import type { NewUpdate } from '../base/update.ts';
import type { Settings } from '../config/settings.ts';
import type { Published, PublishOptions, Spooled } from '../publish/published.ts';
import type { Status } from '../status/status.ts';

/** Whether the node can do its work just now, and why not. */
export type Readiness =
  | { readonly ready: true }
  | { readonly ready: false; readonly reason: string; readonly hint?: string };

/** What the HTTP server needs of a node. It may be asked before the node has joined its fleet. */
export interface ServedNode {
  readonly metricsContentType: string;
  metrics(): Promise<string>;
  readiness(): Readiness;
  status(): Status;
  /** As `BucketcastNode.publish`; throws `store-unavailable` at once while there is neither a fleet nor a spool. */
  publish(update: NewUpdate, options?: PublishOptions): Promise<Published | Spooled>;
  limits(): Settings['limits'];
  /** Applies the limits given, at once. Throws `invalid-settings`, and then changes nothing. */
  limit(change: Partial<Settings['limits']>): Settings['limits'];
}
