import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { BucketcastError } from '../base/errors.ts';
import { packageVersion } from '../base/package-version.ts';
import type { SinkOf } from '../config/sink-settings.ts';
import { isPrivateHost } from './private-address.ts';
import { withoutValues } from './without-values.ts';

/** Told to whoever may not go to a private address. */
export const allowPrivateHint =
  'If the endpoint is meant to be in this network, set `allowPrivate: true` for this sink.';

/** What the request itself is made of, or says of the updates. */
const ownHeaders =
  /^(content-(type|length|encoding)|transfer-encoding|connection|keep-alive|upgrade|expect|te|trailer|bucketcast-.*)$/i;

/** Where a webhook goes, and with what; its secrets stay inside. */
export class WebhookTarget {
  readonly url: URL;
  /** Headers that are the same for every request. */
  readonly headers: Readonly<Record<string, string>>;
  readonly #key: KeyObject | undefined;
  readonly #secrets: readonly string[];

  /** Throws `invalid-settings`. */
  constructor(settings: SinkOf<'webhook'>, subscription: string) {
    const path = `subscriptions.${subscription}.sink`;
    const url = URL.parse(settings.url);
    // Not shown: it may hold a token.
    if (url === null) throw invalid(`${path}.url: expected a URL such as \`https://hooks.example/updates\``);
    if (!settings.allowPrivate && isPrivateHost(url.hostname)) {
      throw invalid(
        `${path}.url: ${url.hostname} is an address of this machine or its network`,
        allowPrivateHint,
      );
    }
    this.url = url;
    const credentials = credentialsOf(url, path);
    this.headers = {
      'user-agent': `bucketcast/${packageVersion}`,
      ...(credentials !== undefined && { authorization: `Basic ${credentials}` }),
      ...checkedHeaders(settings.headers, path),
      'content-type': 'application/json',
    };
    this.#key = settings.secret === undefined ? undefined : createSecretKey(settings.secret, 'utf8');
    this.#secrets = [credentials ?? '', ...secretsOf(settings, url)];
  }

  /** Scheme, host and port: all that may be said of it. */
  get origin(): string {
    return this.url.origin;
  }

  get path(): string {
    return this.url.pathname + this.url.search;
  }

  /** `v1=` and the HMAC-SHA256 of `<timestamp>.<body>`; none without a secret. */
  signature(timestamp: number, body: Uint8Array): string | undefined {
    if (this.#key === undefined) return undefined;
    return `v1=${createHmac('sha256', this.#key).update(`${timestamp}.`).update(body).digest('hex')}`;
  }

  /** An endpoint may repeat what it was sent; nothing secret of that goes into messages. */
  withoutSecrets(text: string): string {
    return withoutValues(text, this.#secrets);
  }
}

function credentialsOf({ username, password }: URL, path: string): string | undefined {
  if (username === '' && password === '') return undefined;
  try {
    return Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64');
  } catch {
    throw invalid(`${path}.url: a \`%\` in its user or password begins no percent-encoding`);
  }
}

/** What must not be repeated: the URL but for its origin, whole and in parts, the key, and values of headers. */
function secretsOf({ url: text, secret = '', headers }: SinkOf<'webhook'>, url: URL): string[] {
  const values = Object.values(headers);
  return [
    text,
    url.href,
    url.pathname + url.search,
    url.username,
    url.password,
    secret,
    ...url.searchParams.values(),
    ...url.pathname.split('/').filter((part) => part.length >= 16),
    ...values,
    // `Bearer …`, `Basic …`
    ...values.map((value) => value.replace(/^\w+ +/, '')),
  ];
}

function checkedHeaders(headers: Readonly<Record<string, string>>, path: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => {
      if (ownHeaders.test(name)) throw invalid(`${path}.headers.${name}: is set by Bucketcast itself`);
      if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) {
        throw invalid(`${path}.headers.${name}: has characters that no header may have`);
      }
      return [name.toLowerCase(), value];
    }),
  );
}

function invalid(message: string, hint?: string): BucketcastError {
  return new BucketcastError('invalid-settings', message, hint === undefined ? {} : { hint });
}
