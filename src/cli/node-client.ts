import { systemClock } from '../base/clock.ts';
import { BucketcastError, errorCodes } from '../base/errors.ts';
import type { Settings } from '../config/settings.ts';
import { SECOND } from '../config/units.ts';
import type { FeedAnswer } from '../status/feed-state.ts';
import type { Status } from '../status/status.ts';
import { printable } from './table.ts';

type Limits = Settings['limits'];

/** A node that listens. */
export interface NodeAddress {
  readonly url: string;
  /** Tried in this order, for as long as the node refuses them. None: without. */
  readonly tokens: readonly string[];
  /** `process 4711, of /var/lib/bucketcast`: what a person is told. */
  readonly description: string;
}

export interface NodeRequest {
  readonly method?: 'GET' | 'PATCH' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly timeoutMs?: number;
}

export interface NodeAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

const defaultTimeoutMs = 10 * SECOND;

/** Asks a running node by HTTP. */
export class NodeClient {
  readonly address: NodeAddress;
  readonly #signal: AbortSignal;
  readonly #timeoutMs: number;

  constructor(address: NodeAddress, signal: AbortSignal, timeoutMs: number = defaultTimeoutMs) {
    this.address = address;
    this.#signal = signal;
    this.#timeoutMs = timeoutMs;
  }

  async status(): Promise<Status> {
    const status = (await this.#json({}, '/api/status')) as Partial<Status>;
    if (!Array.isArray(status.problems) || status.store === undefined)
      throw this.#otherVersion(status.version);
    return status as Status;
  }

  /** The newest update of a URL; `undefined` of one that nobody has published. */
  async feed(url: string): Promise<FeedAnswer | undefined> {
    const answer = await this.request(`/api/feeds/${encodeURIComponent(url)}`);
    if (answer.status === 404 && problemIn(answer.text).code === 'unknown-url') return undefined;
    const feed = this.#parsed(answer) as Partial<FeedAnswer> | null;
    if (typeof feed?.server !== 'string' || typeof feed.agoMs !== 'number')
      throw this.#otherVersion(undefined);
    return feed as FeedAnswer;
  }

  async limit(change: Partial<Limits>): Promise<Limits> {
    const body = JSON.stringify(change);
    return (await this.#json(
      { method: 'PATCH', headers: { 'content-type': 'application/json' }, body },
      '/api/limits',
    )) as Limits;
  }

  /** Whatever it answers. Throws `store-unavailable` when it does not, `closed` when the command was stopped. */
  async request(path: string, request: NodeRequest = {}): Promise<NodeAnswer> {
    const tokens: readonly (string | undefined)[] =
      this.address.tokens.length === 0 ? [undefined] : this.address.tokens;
    for (const [index, token] of tokens.entries()) {
      const answer = await this.#try(path, request, token);
      if (answer.status !== 401 || index === tokens.length - 1) return answer;
    }
    throw new Error('unreachable: there is always a last try');
  }

  async #json(request: NodeRequest, path: string): Promise<unknown> {
    return this.#parsed(await this.request(path, request));
  }

  #parsed({ status, text }: Pick<NodeAnswer, 'status' | 'text'>): unknown {
    if (status !== 200) throw this.refusal({ status, text });
    try {
      return JSON.parse(text);
    } catch {
      throw this.#otherVersion(undefined);
    }
  }

  /** What an answer that is no success says, as an error. */
  refusal({ status, text }: Pick<NodeAnswer, 'status' | 'text'>): BucketcastError {
    const { url } = this.address;
    if (status === 401)
      return this.address.tokens.length === 0
        ? new BucketcastError('store-refused', `the node at ${url} wants its token`, {
            hint: 'Give the file that holds it: --token-file. It is the `http.token` of that node.',
          })
        : new BucketcastError(
            'store-refused',
            `the node at ${url} does not take the token that it was sent`,
            {
              hint: 'Compare it with the `http.token` that the node was started with.',
            },
          );
    const { code, detail, hint } = problemIn(text);
    if (detail === undefined)
      return new BucketcastError('store-refused', `${url} answers ${status}, as no node does`, {
        hint: 'Is it the address of a Bucketcast node, and of this version?',
      });
    return new BucketcastError(errorCodes.find((known) => known === code) ?? 'store-refused', detail, {
      ...(hint !== undefined && { hint }),
      details: { status },
    });
  }

  async #try(path: string, request: NodeRequest, token: string | undefined): Promise<NodeAnswer> {
    const { timeoutMs = this.#timeoutMs, method = 'GET', headers, body } = request;
    const late = new AbortController();
    const cancel = systemClock.after(timeoutMs, () => late.abort());
    try {
      const answer = await fetch(new URL(path, this.address.url), {
        method,
        redirect: 'error',
        headers: { ...headers, ...(token !== undefined && { authorization: `Bearer ${token}` }) },
        ...(body !== undefined && { body }),
        signal: AbortSignal.any([late.signal, this.#signal]),
      });
      return { status: answer.status, headers: answer.headers, text: await answer.text() };
    } catch (error) {
      this.#signal.throwIfAborted();
      throw this.#silence(error, late.signal.aborted ? timeoutMs : undefined);
    } finally {
      cancel();
    }
  }

  #silence(error: unknown, lateMs: number | undefined): BucketcastError {
    const { url, description } = this.address;
    const why =
      lateMs === undefined
        ? `does not answer (${causeOf(error)})`
        : `has not answered in ${lateMs / SECOND} s`;
    return new BucketcastError('store-unavailable', `the node at ${url} (${description}) ${why}`, {
      hint: hintOf(error),
      // Only then it is certain that the node has not seen the request.
      details: { unsent: lateMs === undefined && causeOf(error) === 'ECONNREFUSED' },
    });
  }

  #otherVersion(version: unknown): BucketcastError {
    const theirs = typeof version === 'string' ? `is version ${printable(version)}, and` : '';
    return new BucketcastError(
      'newer-format',
      `the node at ${this.address.url} ${theirs} answers what this version does not understand`,
      { hint: 'Use the `bucketcast` of the same version as the node, or restart the node with this one.' },
    );
  }
}

interface ProblemAnswer {
  readonly code?: string;
  readonly detail?: string;
  readonly hint?: string;
}

/** Of an `application/problem+json`; nothing of anything else. */
export function problemIn(text: string): ProblemAnswer {
  try {
    const { code, detail, hint } = JSON.parse(text) as Record<string, unknown>;
    return {
      ...(typeof code === 'string' && { code }),
      ...(typeof detail === 'string' && { detail: printable(detail) }),
      ...(typeof hint === 'string' && { hint: printable(hint) }),
    };
  } catch {
    return {};
  }
}

/** What never reached a node says nothing of how a node is. */
function hintOf(error: unknown): string {
  const cause = causeOf(error);
  if (/^(ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)$/.test(cause))
    return 'Check the name, the network and DNS of this host.';
  if (/^ERR_(SSL|TLS)_|CERT/.test(cause))
    return 'A node itself speaks plain HTTP: use http://, or the https:// address of a proxy in front of it whose certificate this host trusts.';
  return 'Is it overloaded, stopped or hung? Its log and `top` say more.';
}

function causeOf(error: unknown): string {
  const { cause } = error as { cause?: unknown };
  const { code } = (cause ?? {}) as { code?: unknown };
  if (typeof code === 'string') return code;
  return cause instanceof Error ? cause.message : (error as Error).message;
}
