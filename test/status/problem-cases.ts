import { BucketcastError } from '../../src/base/errors.ts';
import { HOUR, MINUTE, MiB, SECOND } from '../../src/config/units.ts';
import type { NodeSnapshot } from '../../src/status/node-snapshot.ts';
import { flowProblemCases, type ProblemCase } from './flow-problem-cases.ts';
import { healthyNode, historyWith, joiningNode, reading, subscription } from './healthy-node.ts';
import { heartbeatProblemCases } from './heartbeat-problem-cases.ts';
import { hintProblemCases } from './hint-problem-cases.ts';
import { snapshotProblemCases } from './snapshot-problem-cases.ts';

const away = new BucketcastError('store-unavailable', 'no route to host', { hint: 'Check the network.' });
const refused = new BucketcastError('store-refused', 'AccessDenied', {
  hint: 'The key needs s3:ListBucket.',
});
const key = 'v1/log/00/web-2~a~b/0/7';
const slow = { writer: 'web-2~a~b', lane: 0, position: 7, next: 9, seconds: 4 };
const healthy = healthyNode();
const spool = (given: Partial<NodeSnapshot['spool']>) => ({
  spool: { ...healthy.spool, ...given },
});
const threads = (...alive: boolean[]) => ({
  pool: {
    threads: alive.map((isAlive, id) => ({
      id,
      alive: isAlive,
      running: 0,
      waiting: 0,
      utilisation: 0,
      shards: [],
    })),
    pending: 0,
  },
});
const served = (given: Parameters<typeof subscription>[0]) => ({
  reading: reading({ subscriptions: [subscription(given)] }),
});
const tried = { reason: 'delivering', forMs: 20 * SECOND, updates: 2, failures: 3, error: 'x' } as const;
const behind = { lag: 3, lagUpdates: { count: 1200, exact: false }, lagSeconds: 400 };

/** One example at least of every problem: what is named, how bad it is, what is said, and of which node. */
export const problemCases: readonly ProblemCase[] = [
  [
    'claims-refused',
    'warning',
    /does not honour conditional writes; every claim is refused/,
    { claims: { held: 0, taken: 0, refused: 0, failed: 1, lost: 0, isUnfit: true } },
  ],
  [
    'store-refused',
    'critical',
    /s3:\/\/updates\/feed refuses: AccessDenied/,
    { reading: reading({ poll: { error: refused, failures: 3 } }) },
  ],
  ['store-refused', 'critical', /refuses: AccessDenied/, joiningNode({ joinError: refused })],
  [
    'store-away',
    'warning',
    /does not answer \(1 poll failed\); .* 2 s ago: no route/,
    { reading: reading({ poll: { error: away, failures: 1 } }) },
  ],
  [
    'store-away',
    'critical',
    /\(9 polls failed\); the last complete poll was 5 min ago: no route to host/,
    { reading: reading({ poll: { error: away, failures: 9, agoMs: 5 * MINUTE } }) },
  ],
  [
    'not-joined',
    'critical',
    /not been reached since the start 10 h ago: no route/,
    joiningNode({ joinError: away }),
  ],
  [
    'not-joined',
    'warning',
    /since the start 3 s ago/,
    joiningNode({ joinError: away, startedAt: healthy.now - 3 * SECOND }),
  ],
  [
    'poll-stale',
    'warning',
    /last complete poll was 3 min ago/,
    { reading: reading({ poll: { agoMs: 3 * MINUTE } }) },
  ],
  [
    'publishing-stuck',
    'critical',
    /^7 updates cannot be written, for 2 min now: 500/,
    {
      publishing: {
        ...(healthy.publishing as NonNullable<NodeSnapshot['publishing']>),
        pendingUpdates: 7,
        trouble: { message: '500 InternalError', forMs: 2 * MINUTE },
      },
    },
  ],
  [
    'throttled',
    'warning',
    /16 of 64 requests at once.*refused 5 times/,
    {
      limits: { ...healthy.limits, requestsInFlight: 64 },
      limiter: { ...healthy.limiter, concurrency: 16, throttled: 5 },
    },
  ],
  ['clock-skew', 'warning', /clock is 4 s ahead of the store's/, { reading: reading({ skewMs: 4000 }) }],
  ['clock-skew', 'critical', /clock is 45 s behind/, { reading: reading({ skewMs: -45_000 }) }],
  [
    'spool-trouble',
    'critical',
    /in \/var\/lib\/bucketcast is in trouble: ENOSPC/,
    spool({ trouble: new Error('ENOSPC: no space left') }),
  ],
  [
    'spool-full',
    'critical',
    /full: 9 updates, 100 MiB; 3 updates refused/,
    spool({ updates: 9, bytes: 100 * MiB, refused: 3 }),
  ],
  [
    'spool-filling',
    'warning',
    /85 % full: 9 updates, 85 MiB of 100 MiB/,
    spool({ updates: 9, bytes: 85 * MiB }),
  ],
  [
    'spool-old',
    'warning',
    /^1 update in the spool waits .* for 6 min/,
    spool({ updates: 1, bytes: 99, oldestAgoMs: 6 * MINUTE }),
  ],
  [
    'key-missing',
    'critical',
    /^2 writers sign with the key "k2", which is not in encryption\.keys/,
    { reading: reading({ missingKeys: [{ keyId: 'k2', writers: 2, lanes: 3 }] }) },
  ],
  [
    'lane-blocked',
    'critical',
    /^1 lane of "pages" blocked: .*0\/7 is sealed with a key/,
    served({
      laneCounts: { total: 2, behind: 1, blocked: 1, missing: 0 },
      waiting: { reason: 'blocked', forMs: 5, cause: 'unknown-key', key, lanes: 1 },
    }),
  ],
  [
    'lane-blocked',
    'critical',
    /blocked: segment 7, lane 0 of web-2~a~b \(newer-format\)/,
    served({
      laneCounts: { total: 2, behind: 1, blocked: 1, missing: 0 },
      slowest: [{ ...slow, trouble: 'newer-format' }],
    }),
  ],
  [
    'subscription-crashed',
    'critical',
    /"pages" crashed: disk I\/O error/,
    served({
      state: 'crashed',
      waiting: { reason: 'crashed', forMs: 5, error: 'disk I/O error', restartInMs: 500 },
    }),
  ],
  [
    'subscription-paused',
    'warning',
    /"pages" fails: 4 failures for 1 min, next try in 2 s: ECONNREFUSED; about 1,200 updates wait, the oldest 6 min 40 s old/,
    served({
      state: 'paused',
      waiting: { reason: 'paused', forMs: MINUTE, error: 'ECONNREFUSED', failures: 4, retryInMs: 2000 },
      ...behind,
    }),
  ],
  [
    'subscription-paused',
    'critical',
    /for 1 h/,
    served({
      state: 'paused',
      waiting: { reason: 'paused', forMs: HOUR, error: 'x', failures: 4, retryInMs: 1 },
    }),
  ],
  [
    'subscription-paused',
    'critical',
    /the sink has been at 2 updates for 20 s, after 3 failures: x/,
    served({
      state: 'paused',
      waiting: { ...tried, failingForMs: HOUR },
    }),
  ],
  [
    'sink-slow',
    'warning',
    /has been at 1,000 updates for 45 s/,
    served({
      waiting: { reason: 'delivering', forMs: 45 * SECOND, updates: 1000, failures: 0 },
      ...behind,
    }),
  ],
  ['lag-old', 'warning', /"pages" is behind: about 1,200 updates wait/, served(behind)],
  ['lag-old', 'critical', /the oldest 2 h old/, served({ ...behind, lagSeconds: 7200 })],
  [
    'segment-missing',
    'warning',
    /1 lane of "pages": v1.* is missing for 5 s, given up in 55 s/,
    served({
      laneCounts: { total: 2, behind: 1, blocked: 0, missing: 1 },
      waiting: {
        reason: 'missing-segment',
        forMs: 5 * SECOND,
        key,
        lanes: 1,
        patienceEndsInMs: 55 * SECOND,
      },
    }),
  ],
  [
    'segment-corrupt',
    'warning',
    /bad bytes: segment 7, lane 0/,
    served({ slowest: [{ ...slow, trouble: 'corrupt' }] }),
  ],
  [
    'dead-letters',
    'warning',
    /^3 dead letters, the oldest 2 h old \(2 poison, 1 corrupt\)$/,
    {
      deadLetters: {
        count: 3,
        oldestAt: healthy.now - 2 * HOUR,
        byReason: { poison: 2, corrupt: 1 },
        bySubscription: { all: 3 },
      },
    },
  ],
  [
    'unknown-loss',
    'warning',
    /come and gone unseen by "pages"/,
    { history: historyWith({ unknownLosses: ['pages'] }) },
  ],
  ['no-subscriptions', 'warning', /no subscription/, { reading: reading({ subscriptions: [] }) }],
  ['no-threads', 'critical', /none of the 2 worker threads/, threads(false, false)],
  ['thread-lost', 'warning', /1 of 2 worker threads/, threads(true, false)],
  [
    'twin',
    'critical',
    /2 machines publish as "web-1", which is this server \(host ids a, b\)/,
    { reading: reading({ twins: [{ server: 'web-1', hostIds: ['a', 'b'], ours: true }] }) },
  ],
  [
    'twin',
    'warning',
    /as "web-9" \(/,
    { reading: reading({ twins: [{ server: 'web-9', hostIds: ['a', 'b'], ours: false }] }) },
  ],
  [
    'rewound',
    'warning',
    /^1 time something went back, last of the writer web-1~a~b/,
    { history: historyWith({ rewinds: { count: 1, lastWriter: 'web-1~a~b' } }) },
  ],
  [
    'distrusted',
    'warning',
    /^2 times .* last v1\/tips\/x/,
    { history: historyWith({ distrusted: { count: 2, lastKey: 'v1/tips/x' } }) },
  ],
  ['memory-full', 'warning', /250 MiB of 256 MiB/, { reading: reading({ bytesHeld: 250 * MiB }) }],
  [
    'rate-limited',
    'warning',
    /2 for uploadBytesPerSecond, 90 for requestsPerSecond/,
    {
      limits: { ...healthy.limits, requestsPerSecond: 10 },
      limiter: { ...healthy.limiter, waiting: 92, waitingForUpload: 2 },
    },
  ],
  [
    'part-restarted',
    'warning',
    /poller was restarted 1 min ago \(2 restarts.*\): boom/,
    {
      history: historyWith({
        crashes: { count: 2, actor: 'poller', error: new Error('boom'), agoMs: MINUTE },
      }),
    },
  ],
  ...flowProblemCases,
  ...hintProblemCases,
  ...heartbeatProblemCases,
  ...snapshotProblemCases,
];
