import { errorMessage } from '../base/error-message.ts';
import type { NodeEmitter } from '../base/events.ts';
import type { Logger } from '../base/logger.ts';
import { kindOf } from '../base/repeated-failures.ts';

/** A line about a failure that repeats; see `logEvents`. */
type Failed = (level: 'warn', subject: string, kind: string, facts: object, message: string) => void;

/** What an operator has to know of snapshots: how reading one goes is told at its beginning, at each tenth, and at its end. */
export function logSnapshots(events: NodeEmitter, logger: Logger, failed: Failed): void {
  events.on('snapshot-written', ({ durationMs, ...facts }) =>
    logger.info({ ...facts, durationMs: Math.round(durationMs) }, 'a snapshot was written'),
  );
  events.on('snapshot-failed', ({ error }) =>
    failed(
      'warn',
      'snapshot',
      kindOf(error),
      { reason: errorMessage(error) },
      'no snapshot could be written; it is tried again, and the one before still counts',
    ),
  );
  events.on('snapshot-bad', ({ snapshot, error }) =>
    failed(
      'warn',
      `snapshot ${snapshot}`,
      kindOf(error),
      { snapshot, reason: errorMessage(error) },
      'a snapshot cannot be read; the one before is taken',
    ),
  );
  events.on('snapshot-none', (facts) =>
    logger.info(facts, 'there is no snapshot to begin with: it begins with the earliest updates'),
  );
  events.on('recovered', (facts) =>
    logger.info(facts, 'what retention had taken of a lane was looked for in a snapshot'),
  );
  const told = new Map<string, number>();
  events.on('snapshot-read', (facts) => {
    const tenth = facts.of === 0 ? 10 : Math.floor((10 * facts.urls) / facts.of);
    if (told.get(facts.reader) === tenth) return;
    if (tenth === 10) told.delete(facts.reader);
    else told.set(facts.reader, tenth);
    logger.info(facts, tenth === 10 ? 'the snapshot is read' : 'reading a snapshot');
  });
}
