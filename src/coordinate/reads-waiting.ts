import type { LimiterSnapshot } from '../store/limiter.ts';

/** Where requests of a host wait. */
export interface WaitingRequests {
  snapshot(): Pick<LimiterSnapshot, 'waiting' | 'waitingForUpload'>;
}

/** Reads are admitted last, so whatever waits is before them, but for what waits for the limit of uploads. */
export function readsWaiting(limiter: WaitingRequests | undefined): number {
  if (limiter === undefined) return 0;
  const { waiting, waitingForUpload } = limiter.snapshot();
  return Math.max(0, waiting - waitingForUpload);
}
