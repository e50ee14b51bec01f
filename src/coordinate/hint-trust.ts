import type { Settings } from '../config/settings.ts';

/** What a poll was made for: its time had come, somebody gave a hint, or asked for it. */
export type PollCause = 'timer' | 'hint' | 'asked';

/**
 * Whether hints tell of everything, so that polls may be rare. Pure; times are monotonic ms.
 *
 * - While a transport is connected they are taken to, until a poll that nobody gave a hint for finds something.
 * - After that polls are as frequent as without hints, for `doubtMs` at least, and until a hint has told something again.
 */
export interface HintTrust {
  readonly doubtedAt: number | undefined;
  readonly heardAt: number | undefined;
}

export const fullTrust: HintTrust = { doubtedAt: undefined, heardAt: undefined };

/** For what has to show first that it tells anything at all. */
export const noTrust: HintTrust = { doubtedAt: Number.NEGATIVE_INFINITY, heardAt: undefined };

/** Polls that would have been made meanwhile cost less than what is late. */
export const doubtMs = 10 * 60_000;

export function trusts({ doubtedAt, heardAt }: HintTrust, now: number): boolean {
  if (doubtedAt === undefined) return true;
  return heardAt !== undefined && heardAt > doubtedAt && now - doubtedAt >= doubtMs;
}

/** A hint told something that was not known. */
export function afterNews(trust: HintTrust, now: number): HintTrust {
  return { ...trust, heardAt: now };
}

/** A poll found so much that nobody had told. `isHinted`: also by a hint that came while it ran. */
export function afterFinding(
  trust: HintTrust,
  {
    cause,
    found,
    isHinted,
  }: { readonly cause: PollCause; readonly found: number; readonly isHinted: boolean },
  now: number,
): HintTrust {
  return cause === 'timer' && found > 0 && !isHinted ? { ...trust, doubtedAt: now } : trust;
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
