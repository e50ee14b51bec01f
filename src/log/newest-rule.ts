import { formatHlc, hlcOf, hlcTime } from './hybrid-clock.ts';

export interface Stamp {
  readonly hlc: string;
  readonly writer: string;
}

/** By time, then writer: the same answer on every node. A stamp that is not known yet is older than any. */
export function isNewer(a: Stamp, b: Stamp): boolean {
  return a.hlc === b.hlc ? a.writer > b.writer : a.hlc > b.hlc;
}

/** What decides between two updates of one URL: `stamp` is the hybrid logical clock, capped. */
export interface Standing {
  readonly id: string;
  readonly stamp: string;
  readonly writer: string;
  readonly lane: number;
  readonly sequence: number;
  readonly index: number;
}

/**
 * Whether the update takes the place of the one that stands: by time, then writer, then place, for all updates of a clock
 * that is ahead may count as of one time. An update that comes again, perhaps elsewhere, is no news, unless it was stamped
 * anew: then the later stamp counts, whichever came first.
 */
export function supersedes(update: Standing, standing: Standing): boolean {
  if (update.id === standing.id) return update.stamp > standing.stamp;
  const [a, b] = [update, standing].map(({ stamp: hlc, writer }) => ({ hlc, writer })) as [Stamp, Stamp];
  if (a.hlc !== b.hlc || a.writer !== b.writer) return isNewer(a, b);
  if (update.lane !== standing.lane) return update.lane > standing.lane;
  if (update.sequence !== standing.sequence) return update.sequence > standing.sequence;
  if (update.index !== standing.index) return update.index > standing.index;
  // Objects have no place.
  return update.id > standing.id;
}

/**
 * How far after the store has taken an update its stamp may lie: a publisher's clock counts up to a second ahead of the store's,
 * whose own answers are rounded to seconds.
 */
const marginMs = 2000;

/**
 * The hybrid logical clock that an update counts as: never later than when the store had it, so that a server whose clock is
 * ahead wins over what came before it and not over what comes after. `storedAt`: ms since the epoch, of the store.
 */
export function cappedHlc(hlc: string, storedAt: number): string {
  const cap = formatHlc(hlcOf(storedAt + marginMs));
  return hlc < cap ? hlc : cap;
}

/** A time of the store with which an update that counted as `stamp` counts as that again. */
export function storedAtOf(stamp: string): number {
  const hlc = BigInt(`0x${stamp}`);
  // A stamp that was cut has no counter; what has one must not lose it.
  const time = hlcTime(hlc) + (hlc === hlcOf(hlcTime(hlc)) ? 0 : 1);
  return time - marginMs;
}
