import { MINUTE, SECOND } from '../config/units.ts';
import type { SubscriptionSnapshot } from '../coordinate/subscription-snapshot.ts';
import type { NewestTotals } from '../state/newest-table.ts';

/** The subscription that makes the index. No user's may be named so. */
export const indexName = '~index';

/** How far the index of the newest update of each URL has come. */
export interface IndexStanding {
  /** URLs it knows, deleted ones included. */
  readonly urls: number;
  /** `index.maxUrls`, and how many URLs it has ever forgotten for that. */
  readonly maxUrls: number;
  readonly forgotten: number;
  /**
   * Whether a URL that it does not know is one that nobody has published: it has heard of all there is, not long ago, and is less than
   * a minute behind.
   */
  readonly current: boolean;
  /** Segments (or objects) not in it yet, about how many updates that is, and the age of the oldest. */
  readonly lag: number;
  readonly lagUpdates: number;
  readonly lagSeconds: number;
  /** While it is being filled from a snapshot: until all of that is there it answers nothing. */
  readonly loading?: IndexLoading;
}

/** URLs of the snapshot that have been read, `of` how many. */
export interface IndexLoading {
  readonly urls: number;
  readonly of: number;
}

type Reading = Pick<SubscriptionSnapshot, 'lag' | 'lagUpdates' | 'lagSeconds' | 'waiting'>;

/** The polls that they hear of news by: since the last complete one, and between two of them. */
interface Poll {
  readonly agoMs: number | undefined;
  readonly intervalMs: number;
}

const currentWithinSeconds = MINUTE / SECOND;

/** `readings`: of the subscriptions that make it; none while they do not run. */
export function indexStanding(
  totals: NewestTotals,
  maxUrls: number,
  readings: readonly Reading[],
  polls: readonly Poll[] = [],
): IndexStanding {
  const sum = (value: (reading: Reading) => number) =>
    readings.reduce((total, reading) => total + value(reading), 0);
  const lag = sum((reading) => reading.lag);
  const lagSeconds = Math.max(0, ...readings.map((reading) => reading.lagSeconds));
  const hasHeard =
    readings.length > 0 &&
    polls.every(isFresh) &&
    readings.every(({ waiting }) => waiting.reason !== 'first-poll' && waiting.reason !== 'stopped');
  return {
    ...totals,
    maxUrls,
    current: hasHeard && (lag === 0 || lagSeconds < currentWithinSeconds),
    lag,
    lagUpdates: sum((reading) => reading.lagUpdates.count),
    lagSeconds,
  };
}

/** A store that is away, or hangs, tells no news. */
function isFresh({ agoMs, intervalMs }: Poll): boolean {
  return agoMs !== undefined && agoMs < Math.max(MINUTE, 2 * intervalMs);
}

/** `the index is about 1,200 updates behind, the oldest 5 s old`. */
export function behindText({ lag, lagUpdates, lagSeconds, loading }: IndexStanding): string {
  if (loading) {
    const [urls, of] = [loading.urls, loading.of].map((count) => count.toLocaleString('en-US'));
    return `the index is being filled from a snapshot, ${urls} of ${of} URLs so far`;
  }
  if (lag === 0) return 'the index has not heard just now of all that the bucket holds';
  return `the index is about ${lagUpdates.toLocaleString('en-US')} updates behind, the oldest ${Math.round(lagSeconds)} s old`;
}
