import { defaultSettings } from '../../src/config/settings.ts';
import { HOUR, MiB, SECOND } from '../../src/config/units.ts';
import type { CoordinatorSnapshot } from '../../src/coordinate/coordinator-snapshot.ts';
import type { SubscriptionSnapshot } from '../../src/coordinate/subscription-snapshot.ts';
import type { HistorySnapshot } from '../../src/status/node-history.ts';
import type { NodeSnapshot, ObjectsReading } from '../../src/status/node-snapshot.ts';

const now = Date.UTC(2026, 0, 31, 12);

const poll: CoordinatorSnapshot['poll'] = {
  agoMs: 2 * SECOND,
  time: now - 2 * SECOND,
  error: undefined,
  failures: 0,
  intervalMs: 5 * SECOND,
};

const history: HistorySnapshot = {
  unknownLosses: [],
  lostSegments: 0,
  distrusted: { count: 0, lastKey: undefined },
  crashes: { count: 0, actor: undefined, error: undefined, agoMs: undefined },
  threadsLost: 0,
  rewinds: { count: 0, lastWriter: undefined },
  before: { requests: 600, dollars: 0.006, agoMs: HOUR / 6 },
};

/** A subscription that has nothing to do, but for what is given. */
export function subscription(given: Partial<SubscriptionSnapshot> = {}): SubscriptionSnapshot {
  return {
    name: 'pages',
    state: 'running',
    failures: 0,
    lag: 0,
    lagUpdates: { count: 0, exact: true },
    lagSeconds: 0,
    waiting: { reason: 'caught-up', forMs: 0 },
    delivered: 12,
    bytesHeld: 0,
    fetches: 0,
    laneCounts: { total: 2, behind: 0, blocked: 0, missing: 0 },
    slowest: [],
    ...given,
  };
}

export function reading(
  given: Partial<Omit<CoordinatorSnapshot, 'poll'>> & { poll?: Partial<CoordinatorSnapshot['poll']> } = {},
): CoordinatorSnapshot {
  return {
    skewMs: 300,
    lanes: 2,
    tips: 2,
    parkedWriters: 1,
    parkedBatches: 1,
    blockedLanes: 0,
    missingKeys: [],
    keysSeen: [],
    twins: [],
    fetches: 0,
    bytesHeld: 0,
    subscriptions: [subscription()],
    servers: [
      {
        server: 'web-1',
        hosts: 1,
        hostIds: ['00000000000000a1'],
        writers: 1,
        parkedWriters: 0,
        lanes: 1,
        ours: true,
        lastNewsAt: now - 90 * SECOND,
      },
    ],
    serversTotal: 1,
    ...given,
    poll: { ...poll, ...given.poll },
  };
}

/** Of a node that reads the objects layout, too. */
export function objectsReading(given: Partial<ObjectsReading['poll']> = {}): ObjectsReading {
  const last = { agoMs: 4 * SECOND, error: undefined, failures: 0, intervalMs: 30 * SECOND };
  return {
    description: 's3://updates/feed-updates/',
    poll: { ...last, pages: 3, keys: 2400, durationMs: 120, ...given },
    known: { keys: 2400, bytes: 58_000 },
    subscriptions: [subscription({ name: 'pages/objects' })],
  };
}

export function historyWith(given: Partial<HistorySnapshot>): HistorySnapshot {
  return { ...history, ...given };
}

/** Before the fleet is joined nothing of it is known. */
export function joiningNode(given: Partial<NodeSnapshot> = {}): NodeSnapshot {
  const joined = ['fleetId', 'reading', 'publishing', 'pool'];
  const rest = Object.entries(healthyNode()).filter(([name]) => !joined.includes(name));
  return { ...(Object.fromEntries(rest) as unknown as NodeSnapshot), phase: 'joining', ...given };
}

/** The snapshot of a node with which all is well, but for what is given. */
export function healthyNode(given: Partial<NodeSnapshot> = {}): NodeSnapshot {
  return {
    server: 'web-1',
    version: '1.2.3',
    phase: 'running',
    startedAt: now - 10 * HOUR,
    now,
    store: 's3://updates/feed',
    state: '/var/lib/bucketcast',
    keys: { active: undefined, readable: [], required: false },
    fleetId: 'ab'.repeat(16),
    reading: reading(),
    sources: [],
    brokenEndpoints: 0,
    publishing: {
      writer: undefined,
      lanes: 1,
      pendingUpdates: 0,
      pendingBytes: 0,
      segmentsInFlight: 0,
      writers: 0,
    },
    limiter: {
      inFlight: 1,
      concurrency: 64,
      maxConcurrency: 64,
      waiting: 0,
      waitingForUpload: 0,
      waitingForDownload: 0,
      throttled: 0,
      cuts: 0,
    },
    limits: defaultSettings.limits,
    limitsChanged: [],
    pool: {
      threads: [
        { id: 0, alive: true, running: 1, waiting: 0, utilisation: 0.25, shards: ['w/0'] },
        { id: 1, alive: true, running: 0, waiting: 0, utilisation: 0, shards: [] },
      ],
      pending: 1,
    },
    spool: {
      enabled: true,
      updates: 0,
      bytes: 0,
      maxBytes: 100 * MiB,
      draining: false,
      refused: 0,
    },
    requests: {
      count: 7200,
      byOperation: { get: 1000, put: 200, list: 6000, head: 0, delete: 0, delete_many: 0 },
      throttled: 0,
      unavailable: 0,
      refused: 0,
      sentBytes: 5 * MiB,
      receivedBytes: 50 * MiB,
      dollars: 0.036,
      prices: 'aws',
    },
    deadLetters: { count: 0, byReason: {}, bySubscription: {} },
    http: { url: 'http://127.0.0.1:7480' },
    history,
    ...given,
  };
}
