import { MINUTE, SECOND } from '../config/units.ts';
import { counted, timeText } from './amounts.ts';
import { type ProblemRule, type StatusFacts, when } from './problem-rule.ts';

/** Away for longer than this is critical: short failures happen to every store. */
const criticalAfterMs = MINUTE;
/** A complete poll older than this without any failure hangs somewhere. */
const staleAfterMs = MINUTE;
/** A store that answers in whole seconds makes the skew up to a second too large. */
const noticeableSkewMs = 2 * SECOND;
const criticalSkewMs = 30 * SECOND;

/** Errors that do not go away by waiting. */
const refusals = ['store-refused', 'fleet-mismatch', 'invalid-settings'];

export const storeProblems: readonly ProblemRule[] = [
  {
    name: 'store-refused',
    meaning:
      'The store answers, and says no: wrong credentials, a missing bucket, missing permissions, another fleet. Nothing is published or delivered until somebody acts.',
    advice:
      'Run `bucketcast doctor` with the settings of this node: it tries every permission. Correct the settings or the bucket, then restart the node.',
    find: ({ store }) =>
      when(
        isRefusal(store),
        'critical',
        () => `${store.description} refuses: ${store.error?.message}${lastPoll(store)}`,
        hinted(
          store,
          '`bucketcast doctor` tries every permission. After changing settings, restart the node.',
        ),
      ),
  },
  {
    name: 'not-joined',
    meaning:
      'The node runs but has not reached the bucket since its start, so it neither reads nor, without a spool, publishes. It goes on trying.',
    advice:
      'Run `bucketcast doctor`. Check the store URL, network, proxy and DNS of this host. The node goes on by itself once the store answers.',
    find: ({ phase, store, startedAt, now }) => {
      const forMs = Date.parse(now) - Date.parse(startedAt);
      return when(
        phase === 'joining' && !isRefusal(store) && (store.error !== null || forMs > criticalAfterMs),
        forMs > criticalAfterMs ? 'critical' : 'warning',
        () =>
          `${store.description} has not been reached since the start ${timeText(forMs)} ago${because(store)}`,
        hinted(store, '`bucketcast doctor` tries the store out; the node goes on by itself once it answers.'),
      );
    },
  },
  {
    name: 'store-away',
    meaning:
      'The store does not answer, or says "later". Nothing is lost: positions stand, publishers wait or use the spool, and everything goes on by itself. Critical after a minute.',
    advice:
      'Run `bucketcast doctor`. Check the network of this host and the status page of the store; compare with other hosts. Nothing needs a restart.',
    find: ({ phase, store }) =>
      when(
        phase !== 'joining' && store.error !== null && !isRefusal(store),
        (store.lastPollAgoMs ?? Number.POSITIVE_INFINITY) > criticalAfterMs ? 'critical' : 'warning',
        () => `${store.description} does not answer${failedPolls(store)}${lastPoll(store)}${because(store)}`,
        hinted(store, '`bucketcast doctor` tries the store out; the node goes on by itself once it answers.'),
      ),
  },
  {
    name: 'poll-stale',
    meaning:
      'No poll has failed, and none was completed for a minute or three intervals: the store is very slow, or requests wait for the limits of this host.',
    advice:
      'Look at the waiting requests with `bucketcast limits`, and raise what holds them up (`bucketcast limits set requestsPerSecond=0`). `bucketcast doctor` measures the store.',
    find: ({ phase, store }) => {
      const allowedMs = Math.max(staleAfterMs, 3 * (store.pollIntervalMs ?? 0));
      const isStale = store.error === null && (store.lastPollAgoMs ?? 0) > allowedMs;
      return when(
        phase === 'running' && isStale,
        'warning',
        () => `the last complete poll was ${timeText(store.lastPollAgoMs ?? 0)} ago, and none has failed`,
      );
    },
  },
  {
    name: 'publishing-stuck',
    meaning:
      'Updates published here cannot be written: the store does not answer for a segment. It is tried again with the same bytes until there is an answer; `publish()` waits, and beyond `publish.maxPendingBytes` takes no more.',
    advice:
      'Run `bucketcast doctor`: it tries to write. Nothing is lost while the process runs; with `spool.enabled` updates would be safe on this disk meanwhile.',
    find: ({ writing }) =>
      when(
        writing !== null && writing.trouble !== null,
        (writing?.trouble?.forMs ?? 0) > criticalAfterMs ? 'critical' : 'warning',
        () =>
          `${counted(writing?.pendingUpdates ?? 0, 'update')} cannot be written, for ${timeText(writing?.trouble?.forMs ?? 0)} now: ${writing?.trouble?.message}`,
      ),
  },
  {
    name: 'claims-refused',
    meaning:
      'The store does not honour conditional writes, so two servers could hold one claim: this node gives none. Updates do without them.',
    advice:
      '`bucketcast doctor` tells which conditions the store honours. Use one that has If-None-Match and If-Match, or do the work without claims.',
    find: ({ store, claims }) =>
      when(
        claims?.isUnfit === true,
        'warning',
        () => `${store.description} does not honour conditional writes; every claim is refused`,
      ),
  },
  {
    name: 'throttled',
    meaning:
      'The store has said "too many requests" (503, 429), and this host sends fewer at once than it may. It grows back step by step.',
    advice:
      'If it stays, lower `limits.requestsInFlight` or `limits.requestsPerSecond` on all hosts (`bucketcast limits set requestsPerSecond=100`), or ask the provider for more. Larger segments need fewer requests: raise `publish.flushIntervalMs`.',
    find: ({ limits: { concurrency, values, throttled } }) =>
      when(
        throttled > 0 && concurrency < values.requestsInFlight,
        'warning',
        () =>
          `the store throttles: ${concurrency} of ${values.requestsInFlight} requests at once are allowed just now; refused ${throttled} times since the start`,
      ),
  },
  {
    name: 'clock-skew',
    meaning:
      "This machine's clock is more than 2 seconds off the store's. Order and completeness do not depend on it, but the times of updates do; at 15 minutes stores refuse every request. Critical from 30 seconds.",
    advice:
      'Have the clock set by NTP: `timedatectl status`, then `systemctl enable --now systemd-timesyncd` (or chrony).',
    find: ({ store: { skewMs } }) =>
      when(
        Math.abs(skewMs ?? 0) > noticeableSkewMs,
        Math.abs(skewMs ?? 0) > criticalSkewMs ? 'critical' : 'warning',
        () =>
          `this machine's clock is ${timeText(Math.abs(skewMs ?? 0))} ${(skewMs ?? 0) > 0 ? 'ahead of' : 'behind'} the store's`,
      ),
  },
];

type Store = StatusFacts['store'];

function isRefusal({ error }: Store): boolean {
  return error !== null && refusals.includes(error.code ?? '');
}

function because({ error }: Store): string {
  return error === null ? '' : `: ${error.message}`;
}

function failedPolls({ failures }: Store): string {
  return failures === 0 ? '' : ` (${counted(failures, 'poll')} failed)`;
}

function lastPoll({ lastPollAgoMs }: Store): string {
  return lastPollAgoMs === null ? '' : `; the last complete poll was ${timeText(lastPollAgoMs)} ago`;
}

/** What the error itself advises comes first. */
function hinted({ error }: Store, advice: string): string | null {
  return error === null || error.hint === null ? null : `${error.hint} ${advice}`;
}
