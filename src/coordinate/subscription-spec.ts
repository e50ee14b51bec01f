import type { Alongside } from './alongside.ts';
import type { Deliver } from './sink-runner.ts';

export interface SubscriptionSpec {
  /** Under which its position is remembered; absent: nothing outlives the process. */
  readonly name?: string;
  /**
   * `earliest`, `latest`, `snapshot` or an ISO 8601 time; only a subscription that does not exist yet begins there. `snapshot`: first
   * the newest update of each URL, in no order of lanes, then what has come since.
   */
  readonly from: string;
  /**
   * Whether updates of this state directory's own writers come too. Default: not. Of the objects layout, those of the
   * server's own folder; one that turns to it later gets all that stand there, for it has not heard of any.
   */
  readonly includeOwn?: boolean;
  /** `auto` (default): a batch is acknowledged when `deliver` returns. */
  readonly ack?: 'auto' | 'explicit';
  /** Most updates handed over at once. */
  readonly maxBatch: number;
  /** Most calls of `deliver` under way at once, each with lanes of its own. Default 1. */
  readonly concurrency?: number;
  /**
   * Batches that took the sink less are committed together, within 100 ms, where they are acknowledged by returning; a `kill -9`
   * repeats those. Default 10 ms; more where batches wait for one another on their way.
   */
  readonly quickMs?: number;
  /**
   * Gets the updates of one or several lanes, each lane in order, one batch at a time: the next one comes when this one
   * is acknowledged and the call has returned. A `PoisonError` makes a dead letter of an update; any other error
   * pauses the subscription, and what is not acknowledged is handed over again.
   */
  readonly deliver: Deliver;
  /** What the position takes with it into its transaction whenever it moves. */
  readonly alongside?: Alongside;
}
