import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import type { Settings } from '../../src/config/settings.ts';
import type { ListPage, ObjectStore } from '../../src/store/object-store.ts';

/** An S3 gateway that only knows LIST, and answers it from another store; its settings. */
export async function startListingServer(
  t: TestContext,
  store: Pick<ObjectStore, 'list'>,
): Promise<Partial<Settings['store']>> {
  const answer = async (url: string): Promise<string> => {
    const query = new URL(url, 'http://localhost').searchParams;
    const continuation = query.get('continuation-token');
    const page = await store.list(query.get('prefix') ?? '', {
      delimiter: query.get('delimiter') ?? '',
      startAfter: query.get('start-after') ?? '',
      ...(continuation !== null && { continuation }),
    });
    return xmlOf(page);
  };
  const server = createServer((request, response) => {
    void answer(request.url as string).then((xml) => response.end(xml));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `s3://bucket?endpoint=http://127.0.0.1:${port}&region=us-east-1&pathStyle=true`,
    accessKeyId: 'key',
    secretAccessKey: 'secret',
  };
}

function xmlOf({ objects, prefixes, next }: ListPage): string {
  const contents = objects.map(
    ({ key, size, etag, lastModified }) =>
      `<Contents><Key>${encodeURIComponent(key)}</Key><Size>${size}</Size><ETag>"${etag}"</ETag>` +
      `<LastModified>${new Date(lastModified).toISOString()}</LastModified></Contents>`,
  );
  const rolled = prefixes.map(
    (prefix) => `<CommonPrefixes><Prefix>${encodeURIComponent(prefix)}</Prefix></CommonPrefixes>`,
  );
  const end = `<IsTruncated>${next !== undefined}</IsTruncated>`;
  const token = next === undefined ? '' : `<NextContinuationToken>${next}</NextContinuationToken>`;
  return `<ListBucketResult>${contents.join('')}${rolled.join('')}${end}${token}</ListBucketResult>`;
}
