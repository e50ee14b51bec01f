import { type Dispatcher, Pool } from 'undici';
import type { Settings } from '../../src/config/settings.ts';
import { canonicalQuery, type LeanRequest } from '../../src/store/lean-request.ts';
import { LeanSigner } from '../../src/store/lean-signer.ts';
import { wayTo } from '../../src/store/lean-way.ts';
import { parseS3Url } from '../../src/store/s3-url.ts';
import { listPrefix, smallKey, smallObject } from '../contenders/s3-client-plan.ts';

/** The least that Node can do with undici: signed requests, the chunks of the answers put together, nothing else. */
export function openRawBucket(settings: Settings['store'], { read }: { readonly read: boolean }) {
  const location = parseS3Url(settings.url, 'store.url');
  const way = wayTo(location.endpoint as string, location, location.region as string);
  const { accessKeyId = '', secretAccessKey = '' } = settings;
  const keys = { accessKeyId, secretAccessKey };
  const pool = new Pool(way.origin, { connections: null, pipelining: 1 });
  const signer = new LeanSigner();
  const query = canonicalQuery({
    'list-type': '2',
    'encoding-type': 'url',
    'max-keys': '1000',
    prefix: listPrefix,
  });
  const send = (request: LeanRequest) => {
    const { path, headers } = signer.sign(request, way, keys, Date.now());
    const { method, body = null } = request;
    return new Promise<Buffer>((resolve, reject) => {
      pool.dispatch({ path, method, headers, body }, new Collector(resolve, reject));
    });
  };
  return {
    get: async () => (await send({ method: 'GET', key: smallKey })).byteLength,
    async put() {
      await send({ method: 'PUT', key: smallKey, body: smallObject });
      return 1;
    },
    async list() {
      const body = await send({ method: 'GET', key: '', query });
      return read ? entriesOf(body.toString('latin1')).length : 1000;
    },
    close: () => pool.close(),
  };
}

/** What a page says, for a store that writes it just as Ceph does. */
function entriesOf(text: string): { key: string; modified: number; etag: string; size: number }[] {
  const entry =
    /<Contents><Key>([^<]*)<\/Key><LastModified>([^<]*)<\/LastModified><ETag>([^<]*)<\/ETag><Size>(\d+)<\/Size>/g;
  return Array.from(text.matchAll(entry), ([, key = '', modified = '', etag = '', size]) => ({
    key: decodeURIComponent(key),
    modified: Date.parse(modified),
    etag,
    size: Number(size),
  }));
}

class Collector implements Dispatcher.DispatchHandler {
  readonly #chunks: Buffer[] = [];
  readonly #resolve: (body: Buffer) => void;
  readonly #reject: (error: Error) => void;
  #status = 0;

  constructor(resolve: (body: Buffer) => void, reject: (error: Error) => void) {
    this.#resolve = resolve;
    this.#reject = reject;
  }

  onRequestStart(): void {}

  onResponseStart(_: unknown, status: number): void {
    this.#status = status;
  }

  onResponseData(_: unknown, chunk: Buffer): void {
    this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    if (this.#status < 300) this.#resolve(Buffer.concat(this.#chunks));
    else this.#reject(new Error(`the store answered ${this.#status}`));
  }

  onResponseError(_: unknown, error: Error): void {
    this.#reject(error);
  }
}
