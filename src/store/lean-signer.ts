import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto';
import { encodeKey, type LeanRequest } from './lean-request.ts';
import type { LeanWay } from './lean-way.ts';
import type { Credentials } from './s3-credentials.ts';

/** What goes over the wire besides the body: the path with its query, and headers as name, value, name, value. */
export interface SignedRequest {
  readonly path: string;
  readonly headers: string[];
}

/** SHA-256 of no bytes. */
const EMPTY = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/**
 * AWS Signature Version 4 for S3 (docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html). The key of a day,
 * a region and a secret is derived once. Bodies are always hashed: a store that gets other bytes than ours refuses
 * them, over plain HTTP as well.
 */
export class LeanSigner {
  #secret = '';
  #scope = '';
  #key: KeyObject = createSecretKey(Buffer.alloc(32));
  #second = -1;
  #date = '';

  /** `time` is the store's as far as it is known, ms since the epoch. */
  sign(request: LeanRequest, way: LeanWay, credentials: Credentials, time: number): SignedRequest {
    const date = this.#dateOf(time);
    const scope = `${date.slice(0, 8)}/${way.region}/s3/aws4_request`;
    if (scope !== this.#scope || credentials.secretAccessKey !== this.#secret) {
      this.#key = signingKey(credentials.secretAccessKey, scope);
      this.#scope = scope;
      this.#secret = credentials.secretAccessKey;
    }
    const { method, key, query = '', body } = request;
    const digest = body === undefined || body.byteLength === 0 ? EMPTY : hash('sha256', body, 'hex');
    const headers = sortedHeaders(request, [
      ['host', way.host],
      ['x-amz-content-sha256', digest],
      ['x-amz-date', date],
      ...(credentials.sessionToken === undefined
        ? []
        : [['x-amz-security-token', credentials.sessionToken] as const]),
    ]);
    let names = '';
    let lines = '';
    const flat: string[] = [];
    for (const [name, value] of headers) {
      names += names === '' ? name : `;${name}`;
      lines += `${name}:${value}\n`;
      flat.push(name, value);
    }
    const path = way.base + encodeKey(key);
    const canonical = `${method}\n${path}\n${query}\n${lines}\n${names}\n${digest}`;
    const text = `AWS4-HMAC-SHA256\n${date}\n${scope}\n${hash('sha256', canonical, 'hex')}`;
    const signature = createHmac('sha256', this.#key).update(text).digest('hex');
    flat.push(
      'authorization',
      `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`,
    );
    return { path: query === '' ? path : `${path}?${query}`, headers: flat };
  }

  /** `20261122T160000Z`, made once a second. */
  #dateOf(time: number): string {
    const second = Math.floor(time / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#date = new Date(second * 1000).toISOString().replace(/[-:]|\.\d+/g, '');
    }
    return this.#date;
  }
}

type Header = readonly [name: string, value: string];

function sortedHeaders({ headers }: LeanRequest, fixed: Header[]): Header[] {
  if (headers === undefined) return fixed;
  return [...fixed, ...Object.entries(headers)].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** A KeyObject: an HMAC with a bare buffer makes one each time, which costs more than the rest of the signature. */
function signingKey(secret: string, scope: string): KeyObject {
  const derived = scope
    .split('/')
    .reduce<string | Buffer>((key, part) => createHmac('sha256', key).update(part).digest(), `AWS4${secret}`);
  return createSecretKey(derived as Buffer);
}
