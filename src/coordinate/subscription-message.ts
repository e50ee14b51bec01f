import type { KnownLane } from '../log/lane-knowledge.ts';
import type { PollExtent } from './discovery.ts';
import type { BatchLane } from './parked-batches.ts';
import type { RunnersMessage } from './sink-runners.ts';

/** What a subscription's actor is told. */
export type SubscriptionMessage =
  | RunnersMessage
  | {
      readonly type: 'polled';
      readonly startedAt: number;
      readonly batches: ReadonlyMap<string, readonly BatchLane[]>;
      readonly extent: PollExtent | undefined;
    }
  | { readonly type: 'reach'; readonly lane: KnownLane }
  /** Its saved positions have been replaced. */
  | { readonly type: 'moved' }
  | { readonly type: 'rekeyed' }
  /** An acknowledgement could not be made durable after its call. */
  | { readonly type: 'broken'; readonly error: unknown };
