import type { Clock } from '../base/clock.ts';
import type { Settings } from '../config/settings.ts';
import type { ObjectOutcome, ObjectReader, ObjectTask } from '../log/object-reader.ts';

export interface ObjectFetchParts {
  readonly reader: Pick<ObjectReader, 'fetch'>;
  readonly clock: Pick<Clock, 'sleep'>;
  readonly read: Pick<Settings['read'], 'corruptTries'>;
  readonly retry: Pick<Settings['retry'], 'baseMs'>;
}

/** Told of bad bytes that will be fetched again in so many ms. */
export type OnCorrupt = (tries: number, retryInMs: number) => void;

/**
 * Fetches an object. One that is malformed may have been read while a tool that writes in place was at it: it is fetched
 * afresh, `read.corruptTries` times in all, with waits that double.
 */
export async function fetchObject(
  task: ObjectTask,
  { reader, clock, read, retry }: ObjectFetchParts,
  signal: AbortSignal,
  onCorrupt: OnCorrupt = () => {},
): Promise<ObjectOutcome> {
  for (let tries = 1; ; tries += 1) {
    const outcome = await reader.fetch(task, { signal });
    if (outcome.status !== 'corrupt' || tries >= read.corruptTries) return outcome;
    const waitMs = retry.baseMs * 2 ** (tries - 1);
    onCorrupt(tries, waitMs);
    await clock.sleep(waitMs, signal);
  }
}
