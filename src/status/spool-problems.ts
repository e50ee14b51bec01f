import { MINUTE } from '../config/units.ts';
import { bytesText, counted, timeText } from './amounts.ts';
import { type ProblemRule, when } from './problem-rule.ts';

const fillingFrom = 0.8;
/** With a store that answers, the spool is through with an update long before. */
const oldAfterMs = 5 * MINUTE;

export const spoolProblems: readonly ProblemRule[] = [
  {
    name: 'spool-trouble',
    meaning:
      'The spool cannot do its work: its disk fails or is full, and updates are refused; or the store refuses for good what the spool brings, and it stays here. What is in it is as safe as the disk.',
    advice:
      'Make room on the disk of the state directory (`df -h`), check its health and permissions; for a store that refuses run `bucketcast doctor`. The node goes on by itself.',
    find: ({ spool, state }) =>
      when(
        spool.trouble !== null && spool.trouble.code !== 'store-unavailable',
        'critical',
        () => `the spool in ${state} is in trouble: ${spool.trouble?.message}`,
      ),
  },
  {
    name: 'spool-full',
    meaning:
      'The spool has reached `spool.maxBytes`. Further updates are refused with a clear error until some have gone to the bucket; nothing taken is lost.',
    advice:
      'Bring the store back: the spool then empties by itself. To take more meanwhile, raise `spool.maxBytes` in the settings file, if the disk has room, and restart the node.',
    find: ({ spool }) =>
      when(
        spool.updates > 0 && spool.bytes >= spool.maxBytes,
        'critical',
        () =>
          `the spool is full: ${counted(spool.updates, 'update')}, ${bytesText(spool.bytes)}; ${counted(spool.refused, 'update')} refused since the start`,
      ),
  },
  {
    name: 'spool-filling',
    meaning: 'The spool holds 80 % of what it may: when it is full, updates are refused.',
    advice:
      'Bring the store back (`bucketcast doctor`), or raise `spool.maxBytes` in the settings file, if the disk has room, and restart the node.',
    find: ({ spool }) =>
      when(
        spool.bytes >= fillingFrom * spool.maxBytes && spool.bytes < spool.maxBytes,
        'warning',
        () =>
          `the spool is ${Math.floor((100 * spool.bytes) / spool.maxBytes)} % full: ${counted(spool.updates, 'update')}, ${bytesText(spool.bytes)} of ${bytesText(spool.maxBytes)}`,
      ),
  },
  {
    name: 'spool-old',
    meaning:
      'Updates have been waiting in the spool for more than 5 minutes. They are safe on this disk only, and no other server sees them.',
    advice:
      'Bring the store back (`bucketcast doctor`); the spool then empties by itself, in order. Keep the state directory: it holds these updates.',
    find: ({ spool }) =>
      when(
        spool.updates > 0 && (spool.oldestAgoMs ?? 0) > oldAfterMs,
        'warning',
        () =>
          `${counted(spool.updates, 'update')} in the spool ${spool.updates === 1 ? 'waits' : 'wait'} for the bucket, the oldest for ${timeText(spool.oldestAgoMs ?? 0)}`,
      ),
  },
];
