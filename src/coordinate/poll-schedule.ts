import { backoffMs } from '../base/backoff.ts';
import type { Random } from '../base/random.ts';
import type { Settings } from '../config/settings.ts';

/**
 * When to poll next. Pure; times are monotonic ms.
 *
 * - A poll that found something is followed by one after `poll.minMs`; each that found nothing waits
 *   `poll.growth` times longer, up to `poll.maxMs`, less a random fifth so that a fleet does not poll in step.
 * - A hint asks for a poll at once, and takes a token; `poll.hintsPerSecond` tokens come back a second, so a
 *   flood of hints costs no more than that.
 * - Failures back off: `retry.baseMs`, doubling, at least the normal wait, at most the longest interval.
 */
export interface PollSchedule {
  readonly intervalMs: number;
  readonly failures: number;
  readonly tokens: number;
  /** When `tokens` was right. */
  readonly tokensAt: number;
  readonly pollAt: number;
}

export interface ScheduleContext {
  readonly now: number;
  readonly random: Random;
  readonly poll: Settings['poll'];
  readonly retry: Pick<Settings['retry'], 'baseMs' | 'capMs'>;
}

export function newSchedule({ now, poll }: ScheduleContext): PollSchedule {
  return { intervalMs: poll.minMs, failures: 0, tokens: burst(poll), tokensAt: now, pollAt: now };
}

export function afterPoll(schedule: PollSchedule, found: boolean, context: ScheduleContext): PollSchedule {
  const { poll, now, random } = context;
  const grown = Math.min(poll.maxMs, Math.max(poll.minMs, schedule.intervalMs) * poll.growth);
  const intervalMs = found ? Math.min(poll.minMs, poll.maxMs) : grown;
  return { ...schedule, intervalMs, failures: 0, pollAt: now + jittered(intervalMs, random) };
}

export function afterFailure(schedule: PollSchedule, context: ScheduleContext): PollSchedule {
  const { poll, retry, now, random } = context;
  const ceiling = { baseMs: retry.baseMs, capMs: Math.max(retry.capMs, poll.maxMs) };
  const wait = Math.min(poll.maxMs, poll.minMs + backoffMs(schedule.failures, ceiling, random));
  return { ...schedule, failures: schedule.failures + 1, pollAt: now + Math.max(1, wait) };
}

/** Brings the next poll forward, to now when there is a token, else to when there will be one. */
export function afterHint(schedule: PollSchedule, context: ScheduleContext): PollSchedule {
  const { poll, now } = context;
  const refilled = Math.min(
    burst(poll),
    schedule.tokens + ((now - schedule.tokensAt) / 1000) * poll.hintsPerSecond,
  );
  const wait = refilled >= 1 ? 0 : ((1 - refilled) / poll.hintsPerSecond) * 1000;
  const at = now + wait;
  if (schedule.pollAt <= at) return { ...schedule, tokens: refilled, tokensAt: now };
  // The token of a poll to come is spent now: `refilled - 1` may be below nothing until then.
  return { ...schedule, tokens: refilled - 1, tokensAt: now, pollAt: at };
}

function burst(poll: Settings['poll']): number {
  return Math.max(1, poll.hintsPerSecond);
}

function jittered(ms: number, random: Random): number {
  return ms * (1 - random.float() / 5);
}
