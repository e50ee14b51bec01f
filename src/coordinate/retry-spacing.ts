/** Something that a poll asked for in vain: asked again ever more rarely, so that it does not tax idle polls. */
export interface Retry {
  readonly tries: number;
  /** Monotonic ms. */
  readonly notBefore: number;
}

const firstMs = 1000;
const longestMs = 600_000;

export function isDue(retry: Retry | undefined, now: number): boolean {
  return retry === undefined || now >= retry.notBefore;
}

export function laterRetry(retry: Retry | undefined, now: number): Retry {
  const tries = (retry?.tries ?? 0) + 1;
  return { tries, notBefore: now + Math.min(longestMs, firstMs * 2 ** Math.min(tries - 1, 20)) };
}
