import type { Update } from '../base/update.ts';

/**
 * Where updates go. Batches come one at a time, each lane in order; what is not acknowledged comes again, so a sink must
 * bear repeats.
 *
 * - Returning says that the sink has all of the batch for good.
 * - A `PoisonError` blames one update: it becomes a dead letter, the others come again.
 * - Any other error says that the sink is in trouble: the same updates come again, later.
 */
export interface Sink {
  deliver(updates: readonly Update[], control: SinkControl): Promise<void>;
  /** Lets go of what it holds; idempotent. Nothing is delivered afterwards. */
  close(): Promise<void>;
}

export interface SinkControl {
  /** For a sink that is done with a part of the batch: everything up to this update need not come again. */
  readonly ack: (upTo: Update) => void;
  /** Aborted when nobody waits for this delivery any more. */
  readonly signal: AbortSignal;
}
