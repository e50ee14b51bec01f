import { errorMessage } from '../base/error-message.ts';
import { isBucketcastError } from '../base/errors.ts';
import type { Budget } from './fetch-planner.ts';
import { type BlockReason, isBlockReason, type LaneTrouble } from './lane-state.ts';
import type { ReaderTrouble } from './reader-trouble.ts';
import type { Waiting } from './waiting.ts';

/** What `whyWaiting` decides by. Times are monotonic ms. */
export interface WaitingFacts {
  readonly now: number;
  /** When it began to run, in this process. */
  readonly begunAt: number;
  readonly stopped: boolean;
  readonly crash: Crash | undefined;
  readonly sink: SinkStatus;
  readonly lag: number;
  /** Lanes that wait for what a snapshot has of their gaps. */
  readonly recovering: number;
  /** Whether this process has seen a complete poll. */
  readonly polled: boolean;
  readonly lanes: LanesStatus;
  /** Requests of this host that wait to be admitted before, or as, reads. */
  readonly requestsWaiting: number;
  readonly budget: Budget;
}

export interface Crash {
  readonly at: number;
  readonly error: unknown;
  readonly restartAt: number;
}

/** What the sink is doing. */
export interface SinkStatus {
  readonly phase: 'idle' | 'delivering' | 'acknowledgement' | 'paused';
  /** `idle`: when it last was through with a batch, if ever. */
  readonly since: number | undefined;
  readonly updates: number;
  /** In a row, and what the last of them said. */
  readonly failures: number;
  /** When the first of them was; of no meaning without any. */
  readonly failingSince: number;
  readonly error: unknown;
  readonly retryAt: number;
  /** Lanes that the failing calls hold, where a sink has several calls at once; the others go on. */
  readonly lanes?: readonly string[];
}

/** Lanes that have something to be taken. */
export interface LanesStatus {
  /** When there last was none. */
  readonly openSince: number;
  /** Lanes without trouble: their head is on its way, in memory, or not yet asked for. */
  readonly sound: number;
  /** Of those, the ones whose head is not asked for; and whether memory is why. */
  readonly queued: number;
  readonly tight: boolean;
  readonly fetches: number;
  readonly bytesHeld: number;
  readonly crashed: Crash | undefined;
  readonly troubles: ReadonlyMap<LaneTrouble, TroubledLanes>;
}

/** Lanes in one kind of trouble; what is told is of the one that has been so longest. */
export interface TroubledLanes extends ReaderTrouble {
  readonly lanes: number;
  readonly key: string;
}

/** Why a subscription is not moving; see `Waiting`. Pure. */
export function whyWaiting(facts: WaitingFacts): Waiting {
  const { now, begunAt, sink, lanes } = facts;
  const forMs = ago(now, sink.since ?? begunAt);
  if (facts.stopped) return { reason: 'stopped', forMs };
  if (facts.crash !== undefined) return crashed(facts.crash, now);
  if (sink.phase !== 'idle') return atTheSink(sink, sink.phase, now);
  if (facts.recovering > 0) return { reason: 'recovering', forMs, lanes: facts.recovering };
  if (facts.lag === 0) return { reason: facts.polled ? 'caught-up' : 'first-poll', forMs };
  if (lanes.sound > 0 || (lanes.crashed === undefined && lanes.troubles.size === 0)) return onTheWay(facts);
  return lanes.crashed === undefined ? inTrouble(lanes, now) : crashed(lanes.crashed, now);
}

function atTheSink(sink: SinkStatus, phase: Exclude<SinkStatus['phase'], 'idle'>, now: number): Waiting {
  const { updates, failures } = sink;
  const forMs = ago(now, sink.since ?? now);
  if (phase === 'acknowledgement') return { reason: phase, forMs, updates };
  const hint = isBucketcastError(sink.error) ? sink.error.hint : undefined;
  const said = {
    error: errorMessage(sink.error),
    ...(hint !== undefined && { hint }),
    ...(sink.lanes && { lanes: sink.lanes }),
  };
  if (phase === 'paused')
    return { reason: phase, forMs, ...said, failures, retryInMs: ahead(sink.retryAt, now) };
  const failing = { ...said, failingForMs: ago(now, sink.failingSince) };
  return { reason: phase, forMs, updates, failures, ...(failures > 0 && failing) };
}

function onTheWay({ now, begunAt, sink, lanes, requestsWaiting, budget }: WaitingFacts): Waiting {
  const { fetches, queued, bytesHeld } = lanes;
  const forMs = ago(now, Math.max(sink.since ?? begunAt, lanes.openSince));
  if ((fetches > 0 && requestsWaiting > 0) || (queued > 0 && fetches >= budget.fetches))
    return { reason: 'admission', forMs, fetches, requestsWaiting };
  if (queued > 0 && lanes.tight)
    return { reason: 'memory', forMs, bytesHeld, shareBytes: Math.round(budget.bytes) };
  // What is next is in memory: the sink is between two batches.
  if (queued === 0 && fetches === 0)
    return { reason: 'delivering', forMs: ago(now, sink.since ?? now), updates: 0, failures: 0 };
  return { reason: 'fetching', forMs, fetches };
}

/** What passes by itself before what does not. */
function inTrouble({ troubles }: LanesStatus, now: number): Waiting {
  for (const [trouble, reason] of [
    ['store', 'store'],
    ['corrupt', 'corrupt-retry'],
  ] as const) {
    const troubled = troubles.get(trouble);
    if (troubled === undefined) continue;
    const { since, key, lanes, tries, retryAt } = troubled;
    return { reason, forMs: ago(now, since), key, lanes, tries, retryInMs: ahead(retryAt, now) };
  }
  const missing = troubles.get('missing');
  if (missing !== undefined) {
    const { since, key, lanes } = missing;
    const patienceEndsInMs = ahead(missing.patienceEndsAt, now);
    return { reason: 'missing-segment', forMs: ago(now, since), key, lanes, patienceEndsInMs };
  }
  const [cause, { since, key, lanes }] = [...troubles].find(([trouble]) => isBlockReason(trouble)) as [
    BlockReason,
    TroubledLanes,
  ];
  return { reason: 'blocked', forMs: ago(now, since), cause, key, lanes };
}

function crashed({ at, error, restartAt }: Crash, now: number): Waiting {
  const restartInMs = ahead(restartAt, now);
  return { reason: 'crashed', forMs: ago(now, at), error: errorMessage(error), restartInMs };
}

function ago(now: number, at: number): number {
  return Math.max(0, Math.round(now - at));
}

function ahead(at: number, now: number): number {
  return Math.max(0, Math.round(at - now));
}
