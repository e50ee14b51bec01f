import type { Budget } from './fetch-planner.ts';
import type { Survey } from './lane-set.ts';
import { msPerUpdate, type SinkPace } from './sink-pace.ts';
import type { SubscriptionSnapshot } from './subscription-snapshot.ts';
import { type WaitingFacts, whyWaiting } from './why-waiting.ts';

export interface SubscriptionFacts extends Omit<WaitingFacts, 'lag' | 'lanes'> {
  readonly name: string;
  readonly survey: Survey;
  readonly pace: SinkPace;
  /** Of what the sink has. */
  readonly sinkBytes: number;
  readonly budget: Budget;
}

/** The snapshot of a subscription, of what its parts say. Pure. */
export function reportSubscription(facts: SubscriptionFacts): SubscriptionSnapshot {
  const { name, now, sink, pace, survey } = facts;
  const { lag, lagUpdates, lagSeconds, counts, slowest, status } = survey;
  const bytesHeld = status.bytesHeld + facts.sinkBytes;
  const sinkMsPerUpdate = msPerUpdate(pace);
  return {
    name,
    state: stateOf(facts),
    failures: sink.failures,
    lag,
    lagUpdates,
    lagSeconds,
    waiting: whyWaiting({ ...facts, lag, lanes: { ...status, bytesHeld } }),
    delivered: pace.delivered,
    ...(pace.lastAt !== undefined && { lastDeliveredAgoMs: Math.round(now - pace.lastAt) }),
    ...(sinkMsPerUpdate !== undefined && { sinkMsPerUpdate }),
    bytesHeld,
    fetches: status.fetches,
    laneCounts: counts,
    slowest,
  };
}

function stateOf({ stopped, crash, sink }: SubscriptionFacts): SubscriptionSnapshot['state'] {
  if (stopped) return 'stopped';
  if (crash !== undefined) return 'crashed';
  // Also while it is tried again: a sink that hangs until its time is over would look well most of the time.
  return sink.failures > 0 ? 'paused' : 'running';
}
