import type { JsonValue } from '../base/update.ts';

/** Why the server itself refuses a request; failures of the node are `BucketcastError`s. */
export type RefusalCode =
  | 'bad-request'
  | 'unauthorized'
  | 'forbidden'
  | 'wrong-host'
  | 'not-found'
  | 'unknown-url'
  | 'index-off'
  | 'index-behind'
  | 'method-not-allowed'
  | 'too-slow'
  | 'body-too-large'
  | 'url-too-long'
  | 'unsupported-media-type'
  | 'key-reused'
  | 'claimed'
  | 'busy'
  | 'not-ready'
  | 'unknown-outcome';

export interface RefusalOptions {
  readonly hint?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  /** What the answer has besides (RFC 9457, extension members). */
  readonly members?: Readonly<Record<string, JsonValue>>;
  readonly cause?: unknown;
}

/** An answer that is no success, thrown by whoever finds the reason. Never carries secrets. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: RefusalCode;
  readonly hint: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly members: Readonly<Record<string, JsonValue>>;

  constructor(status: number, code: RefusalCode, detail: string, options: RefusalOptions = {}) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.status = status;
    this.code = code;
    this.hint = options.hint;
    this.headers = options.headers ?? {};
    this.members = options.members ?? {};
  }
}
