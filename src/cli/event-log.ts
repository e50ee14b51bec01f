import type { NodeEmitter } from '../base/events.ts';
import type { Logger } from '../base/logger.ts';

/**
 * Writes what an operator has to know of a node's life to its log; the rest at `debug`. Once it is `stopping`, a sink
 * that fails is no news: that its reader went away may be why.
 */
export function logEvents(events: NodeEmitter, logger: Logger, stopping: AbortSignal): void {
  let failures = 0;
  events.on('poll-failed', ({ error, retryInMs }) => {
    failures += 1;
    logger.warn(
      { error: reason(error), retryInMs: Math.round(retryInMs), failures },
      'the store could not be polled',
    );
  });
  events.on('poll', (poll) => {
    if (failures > 0) logger.info({ failures }, 'the store answers again');
    failures = 0;
    logger.debug(poll, 'polled');
  });
  events.on('gap', (gap) => logger.error(gap, 'segments are lost to this subscription'));
  events.on('dead-letter', (letter) => logger.error(letter, 'kept as a dead letter'));
  events.on('blocked', (lane) => logger.error(lane, 'a lane waits until somebody acts'));
  events.on('unblocked', (lane) => logger.info(lane, 'the lane goes on'));
  events.on('paused', ({ error, retryInMs, ...facts }) => {
    if (stopping.aborted) return;
    logger.warn(
      { ...facts, error: reason(error), retryInMs: Math.round(retryInMs) },
      'the sink failed; it is tried again',
    );
  });
  events.on('resumed', (facts) => logger.info(facts, 'the sink works again'));
  events.on('twin', ({ ours, ...facts }) => {
    logger[ours ? 'error' : 'warn'](facts, 'several machines publish under one server name');
  });
  events.on('unknown-loss', (facts) =>
    logger.error(facts, 'away for longer than silent writers are remembered: updates may be lost'),
  );
  events.on('distrusted', (facts) => logger.warn(facts, 'something in the bucket is not to be believed'));
  events.on('retired', (facts) => logger.info(facts, 'this writer ended; the next update begins another'));
  events.on('crashed', ({ error, ...facts }) =>
    logger.error({ ...facts, error: reason(error) }, 'restarted after an error'),
  );
  events.on('thread-lost', ({ error, ...facts }) =>
    logger.error({ ...facts, error: reason(error) }, 'a worker thread died'),
  );
  events.on('parked', (facts) => logger.info(facts, 'silent writers were parked'));
  events.on('trimmed', (facts) => logger.info(facts, 'old segments are trimmed'));
  events.on('merged', (facts) => logger.debug(facts, 'batches were merged'));
  events.on('tip-written', (facts) => logger.debug(facts, 'a tip was written'));
}

const rewoundMessages = {
  tip: 'the bucket shows an older tip of this writer than before: was it restored from a backup?',
  state:
    'the bucket holds a writer of this host that its state directory does not know: was the directory restored or copied?',
} as const;

function reason(error: unknown): { readonly error: string; readonly hint?: string } {
  const message = error instanceof Error ? error.message : String(error);
  const hint = isBucketcastError(error) ? error.hint : undefined;
  return { error: message, ...(hint !== undefined && { hint }) };
}

function rounded(retryInMs: number): { readonly retryInMs: number } {
  return { retryInMs: Math.round(retryInMs) };
}
  events.on('rewound', (facts) => logger.warn(facts, rewoundMessages[facts.kind]));
  events.on('segment-written', (facts) => logger.debug(facts, 'a segment was written'));
