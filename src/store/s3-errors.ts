import { BucketcastError, closedError, isBucketcastError } from '../base/errors.ts';
import { retryAfter } from '../base/retry-after.ts';
import { hintOf } from './s3-hints.ts';

/** What the SDK, Node's sockets and TLS throw, as far as it is looked at. All of it may be missing. */
export interface S3Failure {
  readonly name?: string;
  readonly message?: string;
  /** Node's code (`ECONNREFUSED`), or a repeated S3 code. */
  readonly code?: string;
  readonly Code?: string;
  /** Region that AWS names beside AuthorizationHeaderMalformed. */
  readonly Region?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly statusCode?: number; readonly headers?: Readonly<Record<string, string>> };
}

export interface FailedCall {
  readonly operation: string;
  readonly bucket: string;
  readonly key?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Now, ms since the epoch: for a Retry-After that is a date. */
  readonly now: number;
}

/**
 * An S3 call's failure in the words of the store contract. `details`: `{ operation, key?, status?, s3Code?, errno?,
 * time?, throttled?, retryAfterMs? }`.
 *
 * - `store-unavailable`: no answer, 408, 429, 5xx, or a code that means "later". `throttled: true` when the store asks
 *   for fewer requests (429, 503, SlowDown and its kin); `retryAfterMs` when it said when to come again.
 * - `store-refused`: every other 4xx, and the 501 that says "never".
 * - `closed`: the caller aborted, whatever the failure then looks like.
 *
 * Match on the code, not the message: Ceph's gateway sends `<Message>` empty.
 */
export function s3Error(cause: unknown, call: FailedCall): BucketcastError {
  if (call.signal?.aborted) return closedError(call.operation, call.signal);
  if (isBucketcastError(cause)) return cause;
  const failure: S3Failure = typeof cause === 'object' && cause !== null ? cause : {};
  const status = statusOf(failure);
  const s3Code = s3CodeOf(failure);
  const headers = failure.$response?.headers ?? {};
  const region = regionOf(failure);
  const throttled = isThrottling(status, s3Code);
  const retryAfterMs = retryAfter(headers['retry-after'], call.now);
  const time = Date.parse(headers['date'] ?? '');
  const what = `${call.operation} ${call.key ?? call.bucket}`;
  return new BucketcastError(
    isRefusal(status, s3Code) ? 'store-refused' : 'store-unavailable',
    messageOf(what, failure, status),
    {
      cause,
      details: {
        operation: call.operation,
        ...(call.key !== undefined && { key: call.key }),
        ...(status !== undefined && { status }),
        ...(s3Code !== undefined && { s3Code }),
        ...(failure.code !== undefined && status === undefined && { errno: failure.code }),
        ...(region !== undefined && { region }),
        ...(!Number.isNaN(time) && { time }),
        ...(throttled && { throttled }),
        ...(retryAfterMs !== undefined && { retryAfterMs }),
      },
      ...hintOf({ status, code: s3Code ?? failure.code, region, bucket: call.bucket }),
    },
  );
}

/** The HTTP status; `undefined` when there was no answer. */
export function statusOf(error: unknown): number | undefined {
  const { $metadata, $response } = (error ?? {}) as S3Failure;
  return $response?.statusCode ?? $metadata?.httpStatusCode;
}

/** The `<Code>` of the answer; a HEAD has no body and so at most a name that the SDK made of the status. */
export function s3CodeOf(error: unknown): string | undefined {
  const { name, Code } = (error ?? {}) as S3Failure;
  if (statusOf(error) === undefined) return undefined;
  const code = Code ?? name;
  return code === undefined || notCodes.has(code) || /^\d+$/.test(code) ? undefined : code;
}

/** Where the bucket is, when the answer says so. */
export function regionOf({ $response, Region }: S3Failure): string | undefined {
  return $response?.headers?.['x-amz-bucket-region'] ?? Region;
}

/** 404 of an object. NoSuchBucket is another matter, and so is a 404 of something that is no S3 store. */
export function isMissing(error: unknown): boolean {
  const code = s3CodeOf(error);
  return statusOf(error) === 404 && (code === 'NoSuchKey' || code === 'NotFound');
}

/**
 * Answers that a condition did not hold. 409 ConditionalRequestConflict is AWS's for "somebody else is writing right
 * now"; 404 its answer to If-Match on a missing key.
 */
export function isConflict(error: unknown, condition: 'absent' | 'etag'): boolean {
  const status = statusOf(error);
  const code = s3CodeOf(error);
  if (status === 412 || code === 'PreconditionFailed') return true;
  if (status === 409 && code === 'ConditionalRequestConflict') return true;
  return condition === 'etag' && status === 404 && code !== 'NoSuchBucket';
}

const notCodes = new Set(['Error', 'SyntaxError', 'TypeError', 'UnknownError', 'S3ServiceException']);

const throttling = new Set([
  'SlowDown',
  'Throttling',
  'ThrottlingException',
  'ThrottledException',
  'RequestThrottled',
  'RequestThrottledException',
  'RequestLimitExceeded',
  'BandwidthLimitExceeded',
  'TooManyRequests',
  'TooManyRequestsException',
]);

/**
 * Codes that mean "later" although their status is a 4xx. RequestTimeTooSkewed is among them: both
 * clients measure the skew by that very answer and sign the next request with a corrected time.
 */
const later = new Set([
  'RequestTimeout',
  'RequestTimeTooSkewed',
  'OperationAborted',
  'TemporaryRedirect',
  'ConditionalRequestConflict',
  'InternalError',
  'ServiceUnavailable',
]);

function isThrottling(status: number | undefined, code: string | undefined): boolean {
  return status === 429 || status === 503 || (code !== undefined && throttling.has(code));
}

function isRefusal(status: number | undefined, code: string | undefined): boolean {
  if (status === undefined || (code !== undefined && (later.has(code) || throttling.has(code)))) return false;
  if (status === 501) return true;
  // 3xx other than a temporary redirect: the wrong region or endpoint, which no repetition cures.
  return status >= 300 && status < 500 && ![307, 408, 425, 429].includes(status);
}

function messageOf(what: string, failure: S3Failure, status: number | undefined): string {
  const code = s3CodeOf(failure);
  if (status === undefined) {
    return `${what}: no answer from the store: ${silenceOf(failure)}`;
  }
  const text =
    failure.message && failure.message !== code && failure.message !== 'UnknownError'
      ? `: ${firstLine(failure.message)}`
      : '';
  return `${what}: the store answered ${status}${code === undefined ? '' : ` ${code}`}${text}`;
}

/** The client's own words name its packages and options. */
function silenceOf({ name, message, code }: S3Failure): string {
  const [, what, ms] = (name === 'TimeoutError' && /(after|timeout of) (\d+) ?ms/.exec(message ?? '')) || [];
  if (ms !== undefined)
    return `${what === 'after' ? 'nothing came' : 'no connection'} in ${Number(ms) / 1000} s`;
  return message || code || name || 'the connection ended';
}

/** Proxies answer with pages of HTML. */
function firstLine(text: string): string {
  const line = text.split('\n', 1)[0] as string;
  return line.length > 300 ? `${line.slice(0, 300)}…` : line;
}
