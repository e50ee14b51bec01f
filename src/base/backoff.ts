import type { Random } from './random.ts';

export interface BackoffSettings {
  readonly baseMs: number;
  readonly capMs: number;
}

/** Full jitter: a random wait in [0, min(cap, base · 2^attempt)); `attempt` counts from 0. */
export function backoffMs(attempt: number, settings: BackoffSettings, random: Random): number {
  const ceiling = Math.min(settings.capMs, settings.baseMs * 2 ** Math.min(attempt, 30));
  return random.float() * ceiling;
}
