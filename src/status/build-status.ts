import { errorMessage } from '../base/error-message.ts';
import { isBucketcastError } from '../base/errors.ts';
import type { SubscriptionSnapshot } from '../coordinate/subscription-snapshot.ts';
import { countedCost, projectCost, projectionAssumptions } from './cost-projection.ts';
import type { HistorySnapshot } from './node-history.ts';
import type { NodeSnapshot } from './node-snapshot.ts';
import { findProblems } from './problems.ts';
import type { SinceStart } from './since-start.ts';
import { snapshotsStatus } from './snapshots-status.ts';
import type {
  ErrorReport,
  HeartbeatStatus,
  HintsStatus,
  LimitsStatus,
  ObjectsStatus,
  RequestsStatus,
  SpoolStatus,
  Status,
  StoreStatus,
  SubscriptionStatus,
  ThreadStatus,
  WritingStatus,
} from './status.ts';
import { waitingText } from './waiting-text.ts';

/** Shards named for each thread; their number can grow with the fleet. */
const mostShards = 100;
const mostAlarms = 100;

/** What a node's snapshot says, in plain JSON, with what is wrong and what to do. Pure. */
export function buildStatus(input: NodeSnapshot): Status {
  const { server, version, phase, state, reading, publishing } = input;
  const facts = {
    server,
    version,
    phase,
    startedAt: isoTime(input.startedAt),
    now: isoTime(input.now),
    state,
    url: input.http?.url ?? null,
    store: storeStatus(input),
    servers: (reading?.servers ?? []).map((seen) => ({ ...seen, lastNewsAt: isoTime(seen.lastNewsAt) })),
    serverCount: reading?.serversTotal ?? 0,
    twins: reading?.twins ?? [],
    missingKeys: reading?.missingKeys ?? [],
    keys: {
      ...input.keys,
      active: input.keys.active ?? null,
      inUse: reading?.keysSeen ?? [],
    },
    heartbeat: input.heartbeat === undefined ? null : heartbeatStatus(input.heartbeat),
    claims: input.claims ?? null,
    writing: publishing === undefined ? null : writingStatus(publishing),
    spool: spoolStatus(input.spool),
    subscriptions: [
      ...(reading?.subscriptions ?? []).map((each) => subscriptionStatus(each, 'segment')),
      ...(input.objects?.subscriptions ?? []).map((each) => subscriptionStatus(each, 'object')),
    ],
    objects: input.objects === undefined ? null : objectsStatus(input.objects),
    index: input.index ?? null,
    snapshots: input.snapshots === undefined ? null : snapshotsStatus(input.snapshots),
    hints: input.hints === undefined ? null : hintsStatus(input.hints),
    sources: input.sources.map(({ trouble, ...source }) => ({
      ...source,
      trouble: trouble === undefined ? null : errorReport(trouble),
    })),
    threads: (input.pool?.threads ?? []).map(threadStatus),
    limits: limitsStatus(input),
    requests: requestsStatus(input),
    deadLetters: deadLettersStatus(input.deadLetters),
    memory: {
      heldBytes: (reading?.bytesHeld ?? 0) + heldBytes(input.objects?.subscriptions ?? []),
      maxHeldBytes: input.limits.bytesInFlight,
      pendingBytes: publishing?.pendingBytes ?? 0,
    },
    since: sinceStart(input.history),
  } satisfies Omit<Status, 'problems'>;
  return { ...facts, problems: findProblems(facts) };
}

function hintsStatus({ transports, ...counts }: NonNullable<NodeSnapshot['hints']>): HintsStatus {
  return {
    ...counts,
    transports: transports.map(({ listens = true, refused = 0, trouble = null, ...each }) => ({
      ...each,
      listens,
      refused,
      trouble,
    })),
  };
}

function heldBytes(subscriptions: readonly SubscriptionSnapshot[]): number {
  return subscriptions.reduce((sum, { bytesHeld }) => sum + bytesHeld, 0);
}

/** What a person may be told of an error. */
function errorReport(error: unknown): ErrorReport {
  const known = isBucketcastError(error) ? error : undefined;
  return {
    code: known?.code ?? null,
    message: errorMessage(error),
    hint: known?.hint ?? null,
  };
}

function storeStatus({ store, fleetId, joinError, storeTrouble, reading }: NodeSnapshot): StoreStatus {
  const poll = reading?.poll;
  const error = poll?.error ?? joinError ?? storeTrouble;
  return {
    description: store,
    fleetId: fleetId ?? null,
    lastPollAgoMs: poll?.agoMs === undefined ? null : Math.round(poll.agoMs),
    pollIntervalMs: poll?.intervalMs ?? null,
    failures: poll?.failures ?? 0,
    error: error === undefined ? null : errorReport(error),
    skewMs: reading?.skewMs ?? null,
    lanes: reading?.lanes ?? 0,
    writers: reading?.tips ?? 0,
    parkedWriters: reading?.parkedWriters ?? 0,
    parkedBatches: reading?.parkedBatches ?? 0,
  };
}

function heartbeatStatus(heartbeat: NonNullable<NodeSnapshot['heartbeat']>): HeartbeatStatus {
  const { intervalMs, beats, agoMs, hosts, alarms, error } = heartbeat;
  return {
    intervalMs,
    beats,
    lastBeatAgoMs: agoMs === undefined ? null : Math.round(agoMs),
    hosts,
    alarms: alarms.slice(0, mostAlarms),
    alarmCount: alarms.length,
    error: error === undefined ? null : errorReport(error),
  };
}

function writingStatus(publishing: NonNullable<NodeSnapshot['publishing']>): WritingStatus {
  const { writer, lanes, pendingUpdates, pendingBytes, segmentsInFlight } = publishing;
  return {
    writer: writer ?? null,
    lanes,
    pendingUpdates,
    pendingBytes,
    segmentsInFlight,
    oldestPendingAgoMs: publishing.oldestPendingAgoMs ?? null,
    trouble: publishing.trouble ?? null,
  };
}

function subscriptionStatus(
  subscription: SubscriptionSnapshot,
  read: 'segment' | 'object',
): SubscriptionStatus {
  const { name, state, lagUpdates, lagSeconds, delivered, bytesHeld, fetches, laneCounts } = subscription;
  const { waiting, slowest } = subscription;
  return {
    name,
    state,
    lagSegments: subscription.lag,
    lagUpdates,
    lagSeconds,
    waiting: { ...waiting, text: waitingText(waiting, read) },
    delivered,
    lastDeliveredAgoMs: subscription.lastDeliveredAgoMs ?? null,
    sinkMsPerUpdate: subscription.sinkMsPerUpdate ?? null,
    bytesHeld,
    fetches,
    laneCounts,
    slowest: slowest.map((lane) => ({ ...lane, trouble: lane.trouble ?? null })),
  };
}

function objectsStatus({ description, poll }: NonNullable<NodeSnapshot['objects']>): ObjectsStatus {
  const { agoMs, error, failures, intervalMs, pages, keys, durationMs } = poll;
  return {
    description,
    lastListingAgoMs: agoMs === undefined ? null : Math.round(agoMs),
    intervalMs: Math.round(intervalMs),
    failures,
    error: error === undefined ? null : errorReport(error),
    pages,
    keys,
    durationMs: Math.round(durationMs),
  };
}

function threadStatus({
  shards,
  id,
  alive,
  running,
  waiting,
  utilisation,
}: NonNullable<NodeSnapshot['pool']>['threads'][number]): ThreadStatus {
  return {
    id,
    alive,
    running,
    waiting,
    utilisation,
    shardCount: shards.length,
    shards: shards.slice(0, mostShards),
  };
}

function limitsStatus({ limits, limitsChanged, limiter }: NodeSnapshot): LimitsStatus {
  const { inFlight, concurrency, waiting, waitingForUpload, waitingForDownload, throttled } = limiter;
  return {
    values: limits,
    changed: limitsChanged,
    inFlight,
    concurrency,
    waiting,
    waitingForUpload,
    waitingForDownload,
    throttled,
  };
}

function requestsStatus({ requests, history, now, startedAt }: NodeSnapshot): RequestsStatus {
  const { byOperation, sentBytes, receivedBytes } = requests;
  const total = countedCost(requests);
  const { before } = history;
  return {
    count: total.requests,
    byOperation,
    sentBytes,
    receivedBytes,
    prices: requests.prices === 'none' ? null : requests.prices,
    dollars: total.dollars ?? null,
    sinceStart: projectCost({ requests: 0, dollars: 0 }, total, now - startedAt),
    recent: before === undefined ? null : projectCost(before, total, before.agoMs),
    assumptions: projectionAssumptions,
  };
}

function spoolStatus({ oldestAgoMs, trouble, ...rest }: NodeSnapshot['spool']): SpoolStatus {
  return {
    ...rest,
    oldestAgoMs: oldestAgoMs ?? null,
    trouble: trouble === undefined ? null : errorReport(trouble),
  };
}

function deadLettersStatus({ count, oldestAt, byReason, bySubscription }: NodeSnapshot['deadLetters']) {
  return { count, oldestAt: oldestAt === undefined ? null : isoTime(oldestAt), byReason, bySubscription };
}

function sinceStart(history: HistorySnapshot): SinceStart {
  const { unknownLosses, lostSegments, distrusted, crashes, threadsLost, rewinds } = history;
  const { count, actor, error, agoMs } = crashes;
  return {
    unknownLosses,
    lostSegments,
    distrusted: { ...distrusted, lastKey: distrusted.lastKey ?? null },
    crashes: {
      count,
      actor: actor ?? null,
      error: error === undefined ? null : errorMessage(error),
      agoMs: agoMs ?? null,
    },
    threadsLost,
    rewinds: { ...rewinds, lastWriter: rewinds.lastWriter ?? null },
  };
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
