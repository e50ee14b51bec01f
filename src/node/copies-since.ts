import { HOUR } from '../config/units.ts';
import { parseStart } from '../coordinate/start-vector.ts';
import type { SubscriptionRecord } from '../state/state.ts';

type Begun = Pick<SubscriptionRecord, 'from' | 'createdAt'>;

/** Clocks of this host and of writers may be so far from the store's; whoever is further off is refused by most. */
const margin = HOUR;

/**
 * From when on updates surely come by the subscription of the log, so that their copies among the objects may be left
 * out; ms since the epoch. Before that they come by their objects, a few of them twice: the log may begin later than
 * the subscription of the objects, when that had been reading alone, and `earliest` in a log is what is not trimmed yet.
 * `objects` is `undefined` when it is only to begin.
 */
export function copiesSince(log: Begun, objects: Begun | undefined, retentionMs: number): number {
  const start = parseStart(log.from);
  const kept = log.createdAt - retentionMs + margin;
  if (objects === undefined || objects.createdAt >= log.createdAt) return start.type === 'latest' ? 0 : kept;
  if (start.type === 'latest') return log.createdAt + margin;
  return start.type === 'time' ? Math.max(start.time + margin, kept) : kept;
}
