import type { Clock } from '../base/clock.ts';
import type { NodeEmitter } from '../base/events.ts';
import type { Settings } from '../config/settings.ts';
import type { Budget } from '../coordinate/fetch-planner.ts';
import type { PositionRecord } from '../coordinate/position-record.ts';
import type { SubscriptionSpec } from '../coordinate/subscription-spec.ts';
import type { KnownObjects } from './known-objects.ts';
import type { LeftOutCopies } from './object-entries.ts';
import type { IntakeParts } from './object-intake.ts';

export interface ObjectSubscriptionSpec extends SubscriptionSpec {
  /** Whether what stands in the log as well is left to a subscription of that. Default: not. */
  readonly skipCopies?: LeftOutCopies;
}

/** What a subscription is handed by the `ObjectSubscriptions` that make it. */
export interface ObjectSubscriptionParts
  extends Pick<IntakeParts, 'reader' | 'random' | 'read' | 'retry' | 'prefix' | 'maxBytes'> {
  readonly name: string;
  readonly clock: Clock;
  readonly events: NodeEmitter;
  readonly stop: Settings['stop'];
  readonly known: KnownObjects;
  /** Dead letters that somebody asked for again. */
  readonly letters: Pick<PositionRecord, 'replays' | 'letter'>;
  /** Whether a key is read at all. */
  readonly wants: (key: string) => boolean;
  /** This subscription's share. */
  budget(): Budget;
  /** The store's time just now, ms since the epoch; `undefined` while it has never answered. */
  storeTime(): number | undefined;
  /** Whether this process has seen a complete listing. */
  listedOnce(): boolean;
  /** Requests that this host has waiting before a read is sent. */
  requestsWaiting(): number;
  /** Something was delivered or committed. */
  changed(): void;
  stopped(): void;
}
