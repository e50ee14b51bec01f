import { STATUS_CODES } from 'node:http';
import type { WebhookResult } from '../../metrics/webhook.ts';
import { isBucketcastError } from '../base/errors.ts';
import { retryAfter } from '../base/retry-after.ts';
import { HOUR } from '../config/units.ts';

/** What became of a request to a webhook. */
export interface WebhookOutcome {
  readonly result: WebhookResult;
  /** Behind the endpoint's name: `answered 503 Service Unavailable`. */
  readonly message: string;
  readonly hint?: string | undefined;
  readonly status?: number;
  /** How long the endpoint asked to be left alone, ms. */
  readonly retryAfterMs?: number | undefined;
}

export interface WebhookAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Beginning of the body, without secrets and control characters. */
  readonly excerpt: string;
}

/**
 * The statuses that speak of what is in the body. Everything else in a request is the same for every update, so
 * whoever objects to that would object to all of them: see docs/decisions/0019-what-blames-an-update.md.
 */
const blaming: readonly number[] = [400, 409, 413, 415, 422];
const passing: readonly number[] = [408, 425, 429];

/** No endpoint is left alone for longer than that because of a Retry-After. */
const longestRetryAfterMs = HOUR;

/** `now`: ms since the epoch, for a Retry-After that is a date. */
export function outcomeOfAnswer({ status, headers, excerpt }: WebhookAnswer, now: number): WebhookOutcome {
  const result = resultOf(status);
  const reason = STATUS_CODES[status];
  const words = `answered ${status}${reason === undefined ? '' : ` ${reason}`}${excerpt === '' ? '' : `: ${excerpt}`}`;
  if (result === 'accepted' || result === 'refused') return { result, status, message: words };
  const message = status >= 300 && status < 400 ? redirected(status, first(headers['location'])) : words;
  return { result, status, message, hint: hintOf(status), retryAfterMs: askedMs(headers, now) };
}

/** Of a request without an answer; `error` is what the HTTP client threw. */
export function outcomeOfFailure(error: unknown): WebhookOutcome {
  if (isBucketcastError(error, 'sink-unavailable')) {
    return { result: 'forbidden', message: error.message, hint: error.hint };
  }
  const { code, name = 'no reason is known' } = error as { code?: string; name?: string };
  const reason = code ?? name;
  const { result = 'unreachable', words, hint } = failures.find(({ codes }) => codes.test(reason)) ?? unknown;
  return { result, message: `${words} (${reason})`, hint };
}

function resultOf(status: number): WebhookResult {
  if (status >= 200 && status < 300) return 'accepted';
  if (blaming.includes(status)) return 'refused';
  if (passing.includes(status)) return 'throttled';
  return status >= 300 && status < 500 ? 'misdirected' : 'failed';
}

/** Where to, by origin only: the rest may hold a token. */
function redirected(status: number, location: string | undefined): string {
  const target = location === undefined ? null : URL.parse(location);
  const where = target === null || target.origin === 'null' ? 'another path' : target.origin;
  return `answered ${status} and points to ${where}; redirects are not followed`;
}

function hintOf(status: number): string | undefined {
  if (status >= 300 && status < 400) return 'Set `url` to the address that it points to, if you trust it.';
  if (status === 401 || status === 403) {
    return 'The endpoint does not accept who asks: check the token in `headers` or `url`, and `secret`.';
  }
  if (status < 500 && !passing.includes(status)) {
    return 'The endpoint objects to the request, not to its updates: check `url` and `headers`.';
  }
  return undefined;
}

function askedMs(headers: WebhookAnswer['headers'], now: number): number | undefined {
  // By the endpoint's own clock where it tells it: its date means nothing by another.
  const date = Date.parse(first(headers['date']) ?? '');
  const ms = retryAfter(first(headers['retry-after']), Number.isNaN(date) ? now : date);
  return ms === undefined ? undefined : Math.min(ms, longestRetryAfterMs);
}

function first(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

interface Failure {
  readonly codes: RegExp;
  readonly words: string;
  readonly result?: WebhookResult;
  readonly hint?: string;
}

const unknown: Omit<Failure, 'codes'> = { words: 'cannot be reached' };

const failures: readonly Failure[] = [
  { codes: /^ECONNREFUSED$/, words: 'refuses the connection' },
  { codes: /^(ENOTFOUND|EAI_)/, words: 'has a name that does not resolve' },
  {
    codes: /^(UND_ERR_CONNECT_TIMEOUT|ETIMEDOUT)$/,
    words: 'does not take the connection in time',
    result: 'timeout',
  },
  { codes: /^(UND_ERR_SOCKET|ECONNRESET|EPIPE)$/, words: 'broke the connection off before it answered' },
  { codes: /^(EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL)$/, words: 'cannot be reached from this network' },
  {
    codes: /^(HPE_|HTTPParserError|UND_ERR_HEADERS_OVERFLOW|UND_ERR_RES)/,
    words: 'answers with something other than HTTP',
  },
  { codes: /^(CERT_HAS_EXPIRED|CERT_NOT_YET_VALID)$/, words: 'has a TLS certificate that is out of date' },
  { codes: /^ERR_TLS_CERT_ALTNAME_INVALID$/, words: 'has a TLS certificate for another name' },
  {
    codes: /SELF_SIGNED|UNABLE_TO_(VERIFY|GET)|CERT_UNTRUSTED/,
    words: 'has a TLS certificate that this machine does not trust',
    hint: 'Have Node trust its authority: start the node with `NODE_EXTRA_CA_CERTS=<file>`.',
  },
  { codes: /^(EPROTO$|ERR_SSL_|ERR_TLS_|CERT_)/, words: 'does not come to terms over TLS' },
];
