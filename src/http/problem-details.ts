import { STATUS_CODES } from 'node:http';
import { isBucketcastError } from '../base/errors.ts';
import { Refusal } from './refusal.ts';

export const problemType = 'application/problem+json; charset=utf-8';

/** RFC 9457, with the code and the hint that errors have everywhere in Bucketcast. */
export interface ProblemDetails {
  /** `about:blank`: the status says the kind, `code` the rest. */
  readonly type: 'about:blank';
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly hint?: string;
}

export interface Problem {
  readonly body: ProblemDetails;
  readonly headers: Readonly<Record<string, string>>;
  /** Nobody foresaw it: whoever answers with it also logs it. */
  readonly unexpected: boolean;
}

/** Seconds after which a request may come again that found the store or the server overcharged. */
export const retryAfterSeconds = 5;

/** Of the codes that are no failure of the node itself. */
const statuses: Readonly<Record<string, number>> = {
  'invalid-settings': 400,
  'invalid-update': 400,
  'store-unavailable': 503,
  'store-refused': 502,
  'spool-full': 503,
  closed: 503,
};

/** What a client is told of an error: never a stack, and nothing at all of one that nobody foresaw. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Refusal) {
    const { status, code, message, hint, headers, members } = error;
    return { body: { ...members, ...details(status, code, message, hint) }, headers, unexpected: false };
  }
  if (isBucketcastError(error)) {
    const status = error.retryable ? 503 : (statuses[error.code] ?? 500);
    const headers: Record<string, string> =
      status === 503 ? { 'retry-after': String(retryAfterSeconds) } : {};
    return { body: details(status, error.code, error.message, error.hint), headers, unexpected: false };
  }
  const body = details(
    500,
    'internal',
    'Something went wrong inside the node.',
    'The log of the node says more.',
  );
  return { body, headers: {}, unexpected: true };
}

function details(status: number, code: string, detail: string, hint: string | undefined): ProblemDetails {
  const title = STATUS_CODES[status] ?? 'Error';
  return { type: 'about:blank', title, status, detail, code, ...(hint === undefined ? {} : { hint }) };
}
