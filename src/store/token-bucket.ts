/**
 * A rate with a small allowance for bursts. Takers may go into debt, because the size of an answer is known
 * only when it is there; the debt is paid before anything else is let through.
 */
export interface TokenBucket {
  /** Units a second; 0 is no limit. */
  readonly rate: number;
  /** Units left at `at`; negative is a debt. Never above the burst. */
  readonly level: number;
  /** Monotonic milliseconds at which `level` was right. */
  readonly at: number;
}

/** A full bucket holds a tenth of a second, so no second sees more than 1.1 times the rate. */
const burstSeconds = 0.1;
/** What floating point may be off by. */
const tolerance = 1e-6;

export function fullBucket(rate: number, now: number): TokenBucket {
  return { rate, level: burstOf(rate), at: now };
}

/** Takes `amount` whether or not it is there. */
export function take(bucket: TokenBucket, amount: number, now: number): TokenBucket {
  if (bucket.rate === 0) return bucket;
  return { ...bucket, level: levelAt(bucket, now) - amount, at: now };
}

/**
 * Whole milliseconds until at least one unit is there; 0 is now. Rounding up keeps a waiter from waking just
 * before it is; what that loses is not lost, for the bucket fills on.
 */
export function waitMs(bucket: TokenBucket, now: number): number {
  if (bucket.rate === 0) return 0;
  const lacking = 1 - levelAt(bucket, now);
  return lacking <= tolerance ? 0 : Math.ceil((lacking / bucket.rate) * 1000);
}

/** A new rate. A debt in units stays what it is; a bucket that had no limit starts full. */
export function withRate(bucket: TokenBucket, rate: number, now: number): TokenBucket {
  if (bucket.rate === rate) return bucket;
  if (bucket.rate === 0 || rate === 0) return fullBucket(rate, now);
  return { rate, level: Math.min(levelAt(bucket, now), burstOf(rate)), at: now };
}

function levelAt(bucket: TokenBucket, now: number): number {
  const gained = ((now - bucket.at) / 1000) * bucket.rate;
  return Math.min(bucket.level + gained, burstOf(bucket.rate));
}

function burstOf(rate: number): number {
  return Math.max(1, rate * burstSeconds);
}
