import { MINUTE } from '../config/units.ts';
import { counted, timeText } from './amounts.ts';
import { type ProblemRule, type StatusFacts, when } from './problem-rule.ts';

const criticalAfterMs = MINUTE;

/** Trouble with what comes in beside the log: the objects layout, and the sources that publish by themselves. */
export const flowProblems: readonly ProblemRule[] = [
  {
    name: 'objects-not-listed',
    meaning:
      'The objects layout could not be listed completely, so subscriptions to it learn nothing new. What was found before is still delivered; what was not is found later. Critical after a minute.',
    advice:
      'Check `objects.url` and `objects.prefix`, and that the credentials may list there (`s3:ListBucket`). It is tried again by itself.',
    find: ({ objects }) =>
      when(
        objects !== null && objects.error !== null,
        (objects?.lastListingAgoMs ?? Number.POSITIVE_INFINITY) > criticalAfterMs ? 'critical' : 'warning',
        () =>
          `the objects in ${objects?.description} cannot be listed (${counted(objects?.failures ?? 0, 'failure')})${lastListing(objects)}: ${objects?.error?.message}`,
        objects?.error?.hint ?? null,
      ),
  },
  {
    name: 'source-failing',
    meaning:
      'A source (a watched directory, a Redis channel or list) cannot be read, or what it gives cannot be published. It is tried again by itself; a channel misses what is announced meanwhile.',
    advice: 'See the message: the directory or server is not there, or refuses. Nothing needs a restart.',
    find: ({ sources }) =>
      sources.flatMap(({ name, trouble }) =>
        when(trouble !== null, 'critical', () => `${name}: ${trouble?.message}`, trouble?.hint ?? null),
      ),
  },
  {
    name: 'source-refused',
    meaning:
      'A source left something out: a file that is too large or lies outside the directory, a message that is no update. Each was told in the log with its name and the reason.',
    advice:
      'Search the log for "left out" to see which and why. Correct them where they are made; what is announced or changed again is looked at again.',
    find: ({ sources }) =>
      sources.flatMap(({ name, refused }) =>
        when(refused > 0, 'warning', () => `${name}: ${counted(refused, 'item')} left out since the start`),
      ),
  },
];

function lastListing(objects: StatusFacts['objects']): string {
  const agoMs = objects?.lastListingAgoMs ?? null;
  return agoMs === null ? '' : `; the last complete listing was ${timeText(agoMs)} ago`;
}
