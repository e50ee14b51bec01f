import { type Clock, systemClock } from '../base/clock.ts';
import { errorMessage } from '../base/error-message.ts';
import { isBucketcastError } from '../base/errors.ts';
import type { NodeEmitter } from '../base/events.ts';
import type { Logger } from '../base/logger.ts';
import { kindOf, RepeatedFailures } from '../base/repeated-failures.ts';
import { logSnapshots } from './snapshot-log.ts';

export interface EventLogOptions {
  /** Once it aborts, a sink that fails is no news: that its reader went away may be why. */
  readonly stopping: AbortSignal;
  /** The store that a start still waits for. */
  readonly waitingFor?: () => string | undefined;
  readonly clock?: Pick<Clock, 'monotonic'>;
}

/** Of what one source leaves out, so many lines a minute at most. */
const refusedLines = 10;

/**
 * Writes what an operator has to know of a node's life to its log; the rest at `debug`. A failure that repeats is told
 * when it changes and then once a minute, and with one line when it is over.
 */
export function logEvents(events: NodeEmitter, logger: Logger, options: EventLogOptions): void {
  const { stopping, waitingFor = () => undefined, clock = systemClock } = options;
  const failures = new RepeatedFailures(clock);
  const failed = (
    level: 'warn' | 'error',
    subject: string,
    kind: string,
    facts: object,
    message: string,
  ): void => {
    const repetition = failures.failed(subject, kind);
    if (repetition) logger[level]({ ...facts, ...repetition }, message);
    else logger.debug(facts, message);
  };
  const worksAgain = (subject: string, facts: object, message: string): void => {
    const recovery = failures.recovered(subject);
    if (recovery) logger.info({ ...facts, ...recovery }, message);
  };

  const storeFailed = (error: unknown, facts: object): void => {
    const store = waitingFor();
    const known = { ...(store !== undefined && { store }), ...reason(error), ...facts };
    const message =
      store === undefined
        ? 'the store could not be polled; it is tried again'
        : 'the store does not answer; the node goes on starting when it does';
    failed('warn', 'poll', kindOf(error), known, message);
  };
  events.on('poll-failed', ({ error, retryInMs }) => storeFailed(error, rounded(retryInMs)));
  // Long before a poll is given up.
  events.on('store-away', ({ error }) => storeFailed(error, {}));
  events.on('poll', (poll) => {
    worksAgain('poll', {}, 'the store answers again');
    logger.debug(poll, 'polled');
  });
  events.on('objects-listing-failed', ({ error, retryInMs }) =>
    failed(
      'warn',
      'objects',
      kindOf(error),
      { ...reason(error), ...rounded(retryInMs) },
      'the objects layout could not be listed completely; it is tried again',
    ),
  );
  events.on('objects-listed', (listing) => {
    worksAgain('objects', {}, 'the objects layout can be listed again');
    logger.debug(listing, 'listed the objects layout');
  });
  events.on('source-failed', ({ source, error, retryInMs }) => {
    const facts = { source, ...reason(error), ...(retryInMs !== undefined && rounded(retryInMs)) };
    failed('warn', `source ${source}`, kindOf(error), facts, 'the source is in trouble; it is tried again');
  });
  events.on('source-recovered', ({ source }) =>
    worksAgain(`source ${source}`, { source }, 'the source works again'),
  );
  events.on('hints-failed', ({ transport, error, retryInMs }) => {
    const facts = { transport, ...reason(error), ...(retryInMs !== undefined && rounded(retryInMs)) };
    const message = 'hints do not get through; polls find everything meanwhile, later';
    failed('warn', `hints ${transport}`, kindOf(error), facts, message);
  });
  events.on('hints-recovered', ({ transport }) =>
    worksAgain(`hints ${transport}`, { transport }, 'hints get through again'),
  );
  // Each of them is told only once by its source, so not just the first is worth a line. But whoever sends decides how many
  // there are, and has a hand in their reasons: they take turns in a fixed number of kinds.
  const refusedBy = new Map<string, number>();
  events.on('source-refused', (facts) => {
    const before = refusedBy.get(facts.source) ?? 0;
    refusedBy.set(facts.source, before + 1);
    const kind = `${before % refusedLines}`;
    failed('warn', `refused ${facts.source}`, kind, facts, 'a source left out what it was given');
  });
  events.on('heartbeat-alarm', ({ kind, server, hostId, missing, forMs, tipsMove }) => {
    const numbers = kind === 'silent' ? { forMs: Math.round(forMs), tipsMove } : { missing };
    logger[kind === 'silent' ? 'warn' : 'error']({ server, hostId, ...numbers }, heartbeatMessages[kind]);
  });
  events.on('heartbeat-well', (facts) => logger.info(facts, 'by its heartbeats it is well again'));
  events.on('heartbeat-failed', ({ error }) =>
    failed(
      'warn',
      'heartbeat',
      kindOf(error),
      reason(error),
      'no heartbeat could be written, or none listed; it is tried again',
    ),
  );
  events.on('heartbeat-recovered', () => worksAgain('heartbeat', {}, 'heartbeats work again'));
  events.on('claim-lost', (facts) => logger.warn(facts, 'a claim ended without having been released'));
  logSnapshots(events, logger, failed);
  events.on('gap', (gap) => logger.error(gap, 'segments are lost to this subscription'));
  events.on('dead-letter', (letter) => {
    // A subscription without a name keeps nothing.
    const message = letter.id === 0 ? 'not delivered, and kept nowhere' : 'kept as a dead letter';
    logger.error(letter, message);
  });
  events.on('blocked', (lane) => logger.error(lane, 'a lane waits until somebody acts'));
  events.on('unblocked', (lane) => logger.info(lane, 'the lane goes on'));
  events.on('paused', ({ subscription, error, retryInMs }) => {
    if (stopping.aborted) return;
    const facts = { subscription, ...reason(error), ...rounded(retryInMs) };
    failed('warn', `sink ${subscription}`, kindOf(error), facts, 'the sink failed; it is tried again');
  });
  events.on('resumed', ({ subscription }) =>
    worksAgain(`sink ${subscription}`, { subscription }, 'the sink works again'),
  );
  events.on('twin', ({ ours, ...facts }) => {
    logger[ours ? 'error' : 'warn'](facts, 'several machines publish under one server name');
  });
  events.on('unknown-loss', (facts) =>
    logger.error(facts, 'away for longer than silent writers are remembered: updates may be lost'),
  );
  // Whoever can write into the bucket decides how many of these there are.
  events.on('distrusted', (facts) =>
    failed(
      'warn',
      'distrusted',
      kindOf(new Error(facts.reason)),
      facts,
      'something in the bucket is not to be believed',
    ),
  );
  events.on('retired', (facts) => logger.info(facts, 'this writer ended; the next update begins another'));
  events.on('crashed', ({ error, actor, restartInMs }) => {
    const facts = { actor, err: error, restartInMs: Math.round(restartInMs) };
    failed('error', `actor ${actor}`, kindOf(error), facts, 'restarted after an error');
  });
  events.on('thread-lost', ({ error, thread }) =>
    failed('error', 'thread', kindOf(error), { thread, err: error }, 'a worker thread died'),
  );
  events.on('parked', (facts) => logger.info(facts, 'silent writers were parked'));
  events.on('trimmed', (facts) => logger.info(facts, 'old segments are trimmed'));
  events.on('merged', (facts) => logger.debug(facts, 'batches were merged'));
  events.on('rewound', (facts) => logger.warn(facts, rewoundMessages[facts.kind]));
  events.on('segment-written', (facts) => logger.debug(facts, 'a segment was written'));
  events.on('tip-written', (facts) => logger.debug(facts, 'a tip was written'));
}

const rewoundMessages = {
  tip: 'the bucket shows an older tip of this writer than before: was it restored from a backup?',
  state:
    'the bucket holds a writer of this host that its state directory does not know: was the directory restored or copied?',
} as const;

const heartbeatMessages = {
  silent: 'no heartbeat of this server for too long: it is down, or the bucket hides what it writes',
  rewound:
    'the bucket shows older heartbeats of this server than before: an old listing, or a restored backup',
  frozen:
    'the bucket does not list heartbeats of ours that it acknowledged: it does not show what it has taken',
  withheld: 'heartbeats of this server tell of segments that the bucket does not show',
} as const;

function reason(error: unknown): { readonly error: string; readonly hint?: string } {
  const hint = isBucketcastError(error) ? error.hint : undefined;
  return { error: errorMessage(error), ...(hint !== undefined && { hint }) };
}

function rounded(retryInMs: number): { readonly retryInMs: number } {
  return { retryInMs: Math.round(retryInMs) };
}
