/**
 * Leaves an endpoint alone that keeps failing, and tries it again with a single request. Pure; times are monotonic ms.
 *
 * | state | a request | that worked | that failed |
 * |---|---|---|---|
 * | closed | goes | the row of failures ends | one more; `breakAfter` in a row, or a Retry-After, open it |
 * | open | rests until `until`; the first one then goes as the probe | changes nothing: it was sent before | may put off `until` |
 * | probing | waits for what becomes of the probe | of the probe: closed | of the probe: as in closed |
 *
 * A probe that was given up says nothing: the next request is the probe.
 */
export type Breaker =
  | { readonly state: 'closed'; readonly failures: number }
  | { readonly state: 'open'; readonly failures: number; readonly until: number }
  | { readonly state: 'probing'; readonly failures: number };

export interface BreakerRule {
  /** Failures in a row that open it. */
  readonly breakAfter: number;
  /** For how long, ms. */
  readonly breakMs: number;
}

/** What a request was let through as. */
export type Ticket = 'request' | 'probe';

export type RequestEnd =
  | { readonly type: 'worked' }
  /** `retryAfterMs`: how long the endpoint asked to be left alone. */
  | { readonly type: 'failed'; readonly retryAfterMs?: number | undefined }
  | { readonly type: 'given-up' };

export const closedBreaker: Breaker = { state: 'closed', failures: 0 };

export type Admission =
  | { readonly type: 'go'; readonly ticket: Ticket; readonly breaker: Breaker }
  | { readonly type: 'wait' }
  | { readonly type: 'rest'; readonly ms: number };

/** Whether a request may go now. */
export function admit(breaker: Breaker, now: number): Admission {
  const { state, failures } = breaker;
  switch (state) {
    case 'closed':
      return { type: 'go', ticket: 'request', breaker };
    case 'probing':
      return { type: 'wait' };
    case 'open':
      if (now < breaker.until) return { type: 'rest', ms: breaker.until - now };
      return { type: 'go', ticket: 'probe', breaker: { state: 'probing', failures } };
  }
}

/** After a request has ended. */
export function ended(
  breaker: Breaker,
  request: { readonly ticket: Ticket; readonly end: RequestEnd; readonly rule: BreakerRule },
  now: number,
): Breaker {
  const { ticket, end, rule } = request;
  switch (end.type) {
    case 'given-up':
      return ticket === 'probe' ? { state: 'open', failures: breaker.failures, until: now } : breaker;
    case 'worked':
      return ticket === 'probe' || breaker.state === 'closed' ? closedBreaker : breaker;
    case 'failed':
      return failed(breaker, ticket, restMs(breaker.failures + 1, end.retryAfterMs ?? 0, rule), now);
  }
}

function failed(breaker: Breaker, ticket: Ticket, ms: number, now: number): Breaker {
  // One that was sent before the probe says nothing about it.
  if (breaker.state === 'probing' && ticket !== 'probe') return breaker;
  const failures = breaker.failures + 1;
  const until = Math.max(now + ms, breaker.state === 'open' ? breaker.until : 0);
  return ms > 0 || breaker.state === 'open'
    ? { state: 'open', failures, until }
    : { state: 'closed', failures };
}

function restMs(failures: number, askedMs: number, { breakAfter, breakMs }: BreakerRule): number {
  return failures >= breakAfter ? Math.max(breakMs, askedMs) : askedMs;
}
