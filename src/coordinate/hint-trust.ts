import type { Settings } from '../config/settings.ts';

/** What a poll was made for: its time had come, somebody gave a hint, or asked for it. */
export type PollCause = 'timer' | 'hint' | 'asked';

/**
 * Whether hints tell of everything, so that polls may be rare. Pure; times are monotonic ms.
 *
 * - While a transport is connected they are taken to, until a poll that nobody gave a hint for finds something, and no hint of it
 *   comes within `graceMs` either: the bucket may have been faster.
 * - After that polls are as frequent as without hints, for `doubtMs` at least, and until a hint has told something again.
 */
export interface HintTrust {
  readonly doubtedAt: number | undefined;
  readonly heardAt: number | undefined;
  /** What was found, and may still be told. */
  readonly untold?: Untold | undefined;
}

interface Untold {
  readonly since: number;
  /** Lane by its key, to `next`. */
  readonly reach: ReadonlyMap<string, number>;
}

export const fullTrust: HintTrust = { doubtedAt: undefined, heardAt: undefined };

/** For what has to show first that it tells anything at all. */
export const noTrust: HintTrust = { doubtedAt: Number.NEGATIVE_INFINITY, heardAt: undefined };

/** Polls that would have been made meanwhile cost less than what is late. */
export const doubtMs = 10 * 60_000;

/** Polls are close to one another for longer than that after one that has found something. */
export const graceMs = 2000;

export function trusts(trust: HintTrust, now: number): boolean {
  const { doubtedAt, heardAt } = judged(trust, now);
  if (doubtedAt === undefined) return true;
  return heardAt !== undefined && heardAt > doubtedAt && now - doubtedAt >= doubtMs;
}

/** A hint told something that was not known. */
export function afterNews(trust: HintTrust, now: number): HintTrust {
  return { ...judged(trust, now), heardAt: now };
}

/** A hint told something that was known: of what a poll has just found, it was under way. */
export function afterEcho(trust: HintTrust, reach: ReadonlyMap<string, number>, now: number): HintTrust {
  const { untold, ...rest } = judged(trust, now);
  if (untold === undefined) return trust;
  const left = [...untold.reach].filter(([lane, next]) => (reach.get(lane) ?? 0) < next);
  if (left.length === untold.reach.size) return trust;
  return { ...rest, heardAt: now, ...(left.length > 0 && { untold: { ...untold, reach: new Map(left) } }) };
}

export interface PollFinding {
  readonly cause: PollCause;
  readonly found: number;
  /** Also by a hint that came while the poll ran. */
  readonly isHinted: boolean;
  /** What a hint of it would tell. Default: none is waited for. */
  readonly reach?: ReadonlyMap<string, number>;
}

/** A poll found so much that nobody had told. */
export function afterFinding(
  trust: HintTrust,
  { cause, found, isHinted, reach = new Map() }: PollFinding,
  now: number,
): HintTrust {
  if (cause !== 'timer' || found === 0 || isHinted) return trust;
  const before = judged(trust, now);
  if (reach.size === 0) return { ...before, doubtedAt: now };
  const { since, reach: earlier } = before.untold ?? { since: now, reach: [] };
  return { ...before, untold: { since, reach: new Map([...earlier, ...reach]) } };
}

/** What nobody told in time has become a doubt. */
function judged(trust: HintTrust, now: number): HintTrust {
  const { untold, ...rest } = trust;
  return untold === undefined || now - untold.since < graceMs ? trust : { ...rest, doubtedAt: untold.since };
}

/** The longest wait between two polls. */
export function pollCeiling(
  { poll, hints }: Pick<Settings, 'poll' | 'hints'>,
  { isConnected, isTrusted }: { readonly isConnected: boolean; readonly isTrusted: boolean },
): number {
  return isConnected && isTrusted ? Math.max(poll.maxMs, hints.maxPollMs) : poll.maxMs;
}

/**
 * Whether the next poll is to come soon. Without hints more follows where something was found. With them the next news come with the
 * next hint; a poll for a hint that found nothing came too early for the bucket, or the hint was wrong.
 */
export function pollsAgainSoon(cause: PollCause, found: boolean, isStretched: boolean): boolean {
  return isStretched && cause === 'hint' ? !found : found;
}
