/** A bucket whose objects are in memory, and its answers in S3's words. */
export interface CannedObject {
  readonly key: string;
  readonly body: Uint8Array;
  readonly etag: string;
  readonly lastModified: number;
}

export interface CannedAnswer {
  readonly status: string;
  readonly headers: string;
  readonly body: Uint8Array | string;
}

const noBody = new Uint8Array();
const notFound = '<?xml version="1.0" encoding="UTF-8"?><Error><Code>NoSuchKey</Code></Error>';

/** Only what a reader asks for: GET, with ranges, HEAD, and LIST of version 2. Anybody may read: signatures are not looked at. */
export class CannedBucket {
  readonly #objects: ReadonlyMap<string, CannedObject>;
  /** In byte order, as S3 lists. */
  readonly #sorted: readonly CannedObject[];

  constructor(objects: readonly CannedObject[]) {
    this.#sorted = objects.toSorted((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));
    this.#objects = new Map(objects.map((object) => [object.key, object]));
  }

  /** `target` is that of a path-style request: `/bucket/key` or `/bucket?list-type=2&…`. */
  answer(method: string, target: string, range: string | undefined): CannedAnswer {
    const [path = '', query] = target.split('?', 2);
    const key = decodeURIComponent(path.slice(1).replace(/^[^/]*\/?/, ''));
    if (method === 'GET' && key === '') return this.#list(new URLSearchParams(query));
    if (method !== 'GET' && method !== 'HEAD') return plain('501 Not Implemented', '');
    const object = this.#objects.get(key);
    if (object === undefined) return plain('404 Not Found', method === 'HEAD' ? '' : notFound);
    const { body } = object;
    const facts = `ETag: "${object.etag}"\r\nLast-Modified: ${new Date(object.lastModified).toUTCString()}\r\n`;
    if (method === 'HEAD') {
      return { status: '200 OK', headers: `${facts}Content-Length: ${body.length}\r\n`, body: noBody };
    }
    const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(range ?? '') ?? [];
    if (from === undefined) {
      return { status: '200 OK', headers: `${facts}Content-Length: ${body.length}\r\n`, body };
    }
    const part = body.subarray(Number(from), to ? Number(to) + 1 : undefined);
    if (part.length === 0) return plain('416 Requested Range Not Satisfiable', '');
    const place = `Content-Range: bytes ${from}-${Number(from) + part.length - 1}/${body.length}\r\n`;
    return {
      status: '206 Partial Content',
      headers: `${facts}${place}Content-Length: ${part.length}\r\n`,
      body: part,
    };
  }

  #list(query: URLSearchParams): CannedAnswer {
    const prefix = query.get('prefix') ?? '';
    const after = query.get('continuation-token') ?? query.get('start-after') ?? '';
    const delimiter = query.get('delimiter') ?? '';
    const limit = Number(query.get('max-keys') ?? 1000);
    const entries = new Map<string, string>();
    let last = '';
    let truncated = false;
    for (const { key, body, etag, lastModified } of this.#sorted) {
      const rolled = rolledUp(key, prefix, delimiter);
      const name = rolled ?? key;
      if (!key.startsWith(prefix) || name <= after || entries.has(name)) continue;
      truncated = entries.size === limit;
      if (truncated) break;
      last = name;
      entries.set(
        name,
        rolled === undefined
          ? `<Contents><Key>${encodeURIComponent(key)}</Key><LastModified>${new Date(lastModified).toISOString()}</LastModified>` +
              `<ETag>&quot;${etag}&quot;</ETag><Size>${body.length}</Size><StorageClass>STANDARD</StorageClass></Contents>`
          : `<CommonPrefixes><Prefix>${encodeURIComponent(rolled)}</Prefix></CommonPrefixes>`,
      );
    }
    const next = truncated
      ? `<NextContinuationToken>${encodeURIComponent(last)}</NextContinuationToken>`
      : '';
    return plain(
      '200 OK',
      '<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">' +
        `<Name>canned</Name><Prefix>${encodeURIComponent(prefix)}</Prefix><EncodingType>url</EncodingType>` +
        `<KeyCount>${entries.size}</KeyCount><MaxKeys>${limit}</MaxKeys><IsTruncated>${truncated}</IsTruncated>` +
        `${next}${[...entries.values()].join('')}</ListBucketResult>`,
    );
  }
}

function rolledUp(key: string, prefix: string, delimiter: string): string | undefined {
  const at = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
  return at < 0 ? undefined : key.slice(0, at + delimiter.length);
}

function plain(status: string, body: string): CannedAnswer {
  return {
    status,
    headers: `Content-Type: application/xml\r\nContent-Length: ${Buffer.byteLength(body)}\r\n`,
    body,
  };
}
