import { HOUR, MINUTE, SECOND } from '../config/units.ts';
import type { Waiting } from '../coordinate/waiting.ts';
import { counted, numberText, timeText } from './amounts.ts';
import { type ProblemRule, when } from './problem-rule.ts';
import type { LaneStatus, SubscriptionStatus } from './status.ts';

/** A sink that takes so long over one batch is slow. */
const slowSinkMs = 30 * SECOND;
const oldLagSeconds = (5 * MINUTE) / SECOND;
const criticalLagSeconds = HOUR / SECOND;
/** A sink that has failed for so long does not come back by itself. */
const pausedTooLongMs = 10 * MINUTE;

export const readingProblems: readonly ProblemRule[] = [
  {
    name: 'key-missing',
    meaning:
      'Writers sign with a key that this node does not have, so it cannot tell whether they are to be believed. Nothing that they publish is read; nothing is lost while retention lasts.',
    advice:
      'Add the key to `encryption.keys` of this node and send it SIGHUP (`systemctl reload`). If no node of yours has such a key, see who can write to the bucket.',
    find: ({ missingKeys }) =>
      missingKeys.map(({ keyId, writers }) => ({
        severity: 'critical',
        message: `${counted(writers, 'writer')} ${writers === 1 ? 'signs' : 'sign'} with the key ${quoted(keyId)}, which is not in encryption.keys: what they publish is not read`,
      })),
  },
  {
    name: 'lane-blocked',
    meaning:
      'A segment cannot be read by this node: it is sealed with a key that the node does not have, or written by a newer version. The lane waits, the others go on; nothing is lost while retention lasts.',
    advice:
      'Unknown key: add the key to `encryption.keys` of this node and send it SIGHUP (`systemctl reload`). Newer format: update Bucketcast on this host and restart the node. The log line "a lane waits until somebody acts" names the key.',
    find: ({ subscriptions }) =>
      subscriptions
        .filter(({ laneCounts }) => laneCounts.blocked > 0)
        .map(({ name, laneCounts, waiting, slowest }) => ({
          severity: 'critical',
          message: `${counted(laneCounts.blocked, 'lane')} of ${quoted(name)} blocked: ${
            waiting.reason === 'blocked' ? waiting.text : example(slowest, ['unknown-key', 'newer-format'])
          }`,
        })),
  },
  {
    name: 'subscription-crashed',
    meaning:
      'A subscription met an error of its own (its state database, most likely) and is started again from its saved position, later and later while that repeats.',
    advice:
      'Look for "restarted after an error" in the log. Check the disk of the state directory (`df -h`). If it repeats, keep the log and report it.',
    find: ({ subscriptions }) =>
      subscriptions
        .filter(({ state }) => state === 'crashed')
        .map(({ name, waiting }) => ({
          severity: 'critical',
          message: `the subscription ${quoted(name)} crashed: ${waiting.text}`,
        })),
  },
  {
    name: 'subscription-paused',
    meaning:
      'A sink fails without blaming an update. The subscription waits and tries again, later and later; nothing is skipped. Critical after 10 minutes.',
    advice:
      'Repair what the sink writes to (the log line "the sink failed" has its error). The subscription goes on by itself at its next try.',
    find: ({ subscriptions }) =>
      subscriptions
        .filter(({ state }) => state === 'paused')
        .map(({ name, waiting, ...lag }) => ({
          severity: failingForMs(waiting) > pausedTooLongMs ? 'critical' : 'warning',
          message: `the sink of ${quoted(name)} fails: ${waiting.text}; ${lagText(lag)}`,
          advice: sinkAdvice(waiting),
        })),
  },
  {
    name: 'sink-slow',
    meaning:
      'A sink has been busy with one batch for half a minute while more is waiting: the subscription is as slow as its sink.',
    advice:
      'Look at what the sink does with its updates, and at the machine it writes to. A smaller `maxBatch` of the subscription makes progress finer, not faster.',
    find: ({ subscriptions }) =>
      subscriptions
        .filter(({ waiting }) => isSinkWork(waiting.reason) && waiting.forMs > slowSinkMs)
        .map(({ name, waiting, ...lag }) => ({
          severity: 'warning',
          message: `the sink of ${quoted(name)} is slow: ${waiting.text}; ${lagText(lag)}`,
        })),
  },
  {
    name: 'lag-old',
    meaning:
      'The oldest update that a subscription has not delivered is older than 5 minutes; critical from an hour. What is older than `retention.maxAgeMs` of its writer is deleted, read or not.',
    advice:
      'The column "waits for" of `bucketcast status` says what holds it up: the sink, the store, or the limits (`bucketcast limits`). A backlog after a pause only takes its time.',
    find: ({ subscriptions }) =>
      subscriptions
        .filter(({ lagSeconds }) => lagSeconds > oldLagSeconds)
        .map(({ name, waiting, ...lag }) => ({
          severity: lag.lagSeconds > criticalLagSeconds ? 'critical' : 'warning',
          message: `${quoted(name)} is behind: ${lagText(lag)}; ${waiting.text}`,
        })),
  },
  {
    name: 'segment-missing',
    meaning:
      'A segment that should exist cannot be found. The lane waits for `read.patienceMs`, then reports it as lost and goes on.',
    advice:
      'Somebody or something deletes from the bucket: look for a lifecycle rule or a script, and for an eventually consistent store. Restore the object within the patience, and nothing is lost.',
    find: ({ subscriptions }) =>
      subscriptions
        .filter(({ laneCounts }) => laneCounts.missing > 0)
        .map(({ name, laneCounts, waiting, slowest }) => ({
          severity: 'warning',
          message: `a segment is missing from ${counted(laneCounts.missing, 'lane')} of ${quoted(name)}: ${
            waiting.reason === 'missing-segment' ? waiting.text : example(slowest, ['missing'])
          }`,
        })),
  },
  {
    name: 'segment-corrupt',
    meaning:
      'A segment has bad bytes. It is fetched again `read.corruptTries` times, then becomes a dead letter and the lane goes on.',
    advice:
      'If several hosts see it, the object itself is bad: look at who writes to the bucket. If only this one does, suspect its memory, network or proxy.',
    find: ({ subscriptions }) =>
      subscriptions
        .filter(({ slowest }) => slowest.some(({ trouble }) => trouble === 'corrupt'))
        .map(({ name, slowest }) => ({
          severity: 'warning',
          message: `${quoted(name)} met bad bytes: ${example(slowest, ['corrupt'])}`,
        })),
  },
  {
    name: 'dead-letters',
    meaning:
      'Updates or segments that could not be delivered are kept with their reason and bytes. What follows them was delivered.',
    advice:
      '`bucketcast dead-letters list` shows them, `show ID` one of them; `replay ID` delivers it again once the reason is gone, `drop ID` deletes it.',
    find: ({ deadLetters, now }) =>
      when(deadLetters.count > 0, 'warning', () => {
        const { count, oldestAt, byReason } = deadLetters;
        const reasons = Object.entries(byReason).map(([reason, of]) => `${numberText(of)} ${reason}`);
        const oldest =
          oldestAt === null ? '' : `, the oldest ${timeText(Date.parse(now) - Date.parse(oldestAt))} old`;
        return `${counted(count, 'dead letter')}${oldest} (${reasons.join(', ')})`;
      }),
  },
  {
    name: 'unknown-loss',
    meaning:
      'For longer than the fleet remembers silent writers (`janitor.forgetAfterMs`) a subscription took no note of the bucket: its node was away, its sink paused, or a key was missing. Updates may have come and gone meanwhile, and nobody can say how many.',
    advice:
      'Compare this server with another one, or publish everything once more. Keep nodes running, or raise `janitor.forgetAfterMs` on all of them.',
    find: ({ since }) =>
      when(
        since.unknownLosses.length > 0,
        'warning',
        () =>
          `updates may have come and gone unseen by ${since.unknownLosses.slice(0, 5).map(quoted).join(', ')}`,
      ),
  },
  {
    name: 'no-subscriptions',
    meaning: 'The node has no subscription: it may publish, but delivers nothing.',
    advice:
      'If it should deliver, add a `subscriptions:` section to its settings file and restart it; see docs/configuration.md.',
    // Whoever waits for the index to be filled may subscribe then.
    find: ({ phase, store, subscriptions, index }) =>
      when(
        phase === 'running' &&
          store.lastPollAgoMs !== null &&
          subscriptions.length === 0 &&
          index?.loading === undefined,
        'warning',
        () => 'the node has no subscription',
      ),
  },
];

type Lag = Pick<SubscriptionStatus, 'lagSegments' | 'lagUpdates' | 'lagSeconds'>;

/** `1,200 updates wait, the oldest 3 min old`. */
function lagText({ lagUpdates: { count, exact }, lagSegments, lagSeconds }: Lag): string {
  if (lagSegments === 0) return 'nothing waits';
  const age = lagSeconds === 0 ? '' : `, the oldest ${timeText(lagSeconds * SECOND)} old`;
  return `${exact ? '' : 'about '}${counted(count, 'update')} ${count === 1 ? 'waits' : 'wait'}${age}`;
}

function isSinkWork(reason: string): boolean {
  return reason === 'delivering' || reason === 'acknowledgement';
}

/** The worst lane in such trouble; nothing where the worst five are in another. */
function example(slowest: readonly LaneStatus[], troubles: readonly string[]): string {
  const found = slowest.find(({ trouble }) => trouble !== null && troubles.includes(trouble));
  return found === undefined
    ? 'the log names it'
    : `segment ${found.position}, lane ${found.lane} of ${found.writer} (${found.trouble})`;
}

function quoted(name: string): string {
  return `"${name}"`;
}

/** What the sink itself advises comes first. */
function sinkAdvice(waiting: Waiting): string | undefined {
  const hint = waiting.reason === 'paused' || waiting.reason === 'delivering' ? waiting.hint : undefined;
  return hint && `${hint} The subscription goes on by itself at its next try.`;
}

/** A pause lasts from the first failure on, with all tries in it. */
function failingForMs(waiting: Waiting): number {
  return waiting.reason === 'delivering' ? (waiting.failingForMs ?? 0) : waiting.forMs;
}
